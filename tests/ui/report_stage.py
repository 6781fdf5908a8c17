"""Two kidneys with a tumour and cysts, made of ellipsoids, and what a page of HTML says."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from pypdf import PdfReader

from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.types import MaskArray
from kidview.core.volume import AxisOrder, Source, Volume

Body = tuple[tuple[float, ...], tuple[float, ...]]

SHAPE, SPACING = (44, 60, 110), (3.0, 2.0, 2.0)
KIDNEYS: tuple[Body, ...] = (((66, 60, 50), (45, 22, 24)), ((66, 60, 170), (45, 22, 24)))
"""(centre, half axes) in mm along z, y, x; x grows to the patient's right."""
TUMOUR: tuple[Body, ...] = (((66, 64, 36), (14, 13, 13)), ((66, 76, 26), (12, 11, 11)))
"""Two balls, so that its diameter runs askew."""
CYST: Body = ((90, 60, 190), (10, 10, 10))
MORE: tuple[Body, ...] = (((40, 60, 190), (8, 8, 8)), ((66, 60, 192), (7, 7, 7)))


def scan_of(
    *cysts: Body,
    path: Path = Path("made_up.nii.gz"),
    has_tumour: bool = True,
) -> tuple[Volume, LabelMap]:
    """A scan and its labels: two kidneys, a tumour in the left one, cysts as given."""
    labels = np.zeros(SHAPE, np.uint8)
    for body in KIDNEYS:
        labels[_inside(body)] = 1
    for body in TUMOUR if has_tumour else ():
        labels[_inside(body)] = 2
    for body in cysts:
        labels[_inside(body)] = 3
    noise = np.random.default_rng(0).normal(0, 8, SHAPE)
    hu = np.select([labels == 1, labels == 2, labels == 3], [160, 70, 5], -60) + noise
    geometry = Geometry.straight(SHAPE, SPACING, (-110.0, -60.0, 200.0))
    order = AxisOrder((2, 1, 0), (False, False, False))
    source = Source(path, "NIfTI", order, geometry.zyx_to_ras[:, [2, 1, 0, 3]], path.name)
    return Volume(hu.astype(np.int16), geometry, source), LabelMap(labels, geometry)


def _inside(body: Body) -> MaskArray:
    centre, half = body
    grid = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    parts = zip(grid, SPACING, centre, half, strict=True)
    return np.asarray(sum(((g * s - c) / h) ** 2 for g, s, c, h in parts) <= 1)


def text_of(path: Path) -> list[str]:
    """Words of each page of a PDF, as pypdf reads them."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(path).pages]


class Told(HTMLParser):
    """Words of a page: rows of its tables by their titles, and everything in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.pictures: list[str] = []
        self._row: list[str] | None = None
        self._is_style = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_style = tag == "style"
        if tag == "tr":
            self._row = []
        elif tag in ("td", "th") and self._row is not None:
            self._row.append("")
        elif tag == "img":
            self.pictures.append(dict(attrs)["src"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self._row:
            self.rows.setdefault(self._row[0], []).extend(self._row[1:])
            self._row = None

    def handle_data(self, data: str) -> None:
        if self._is_style:
            return
        self.words.append(data)
        if self._row:
            self._row[-1] += f" {data}" if self._row[-1] else data
