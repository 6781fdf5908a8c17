"""What labels are to others: coded, named, sided segments; and the way back from their words.

Codes are SNOMED CT, from the groups PS3.16 asks for: CID 7150 (categories), 7151 and 7159
(types), 244 (laterality).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

from kidview import __version__
from kidview.core.box import Box
from kidview.core.errors import EmptyMask, ReadError, UnknownParts, WriteError
from kidview.core.labels import LABEL_NAMES, LabelMap
from kidview.core.types import LabelArray

KIDNEY, TUMOUR, CYST = 1, 2, 3
PAINT_ORDER = (KIDNEY, CYST, TUMOUR)
"""Where segments overlap the later one stays, as in KiTS: tumour over cyst over kidney."""

Side = Literal["", "left", "right"]
Code = tuple[str, str]
CATEGORY: dict[int, Code] = {
    KIDNEY: ("91723000", "Anatomical Structure"),
    TUMOUR: ("49755003", "Morphologically Abnormal Structure"),
    CYST: ("49755003", "Morphologically Abnormal Structure"),
}
TYPE: dict[int, Code] = {
    KIDNEY: ("64033007", "Kidney"),
    TUMOUR: ("108369006", "Neoplasm"),
    CYST: ("367643001", "Cyst"),
}
LATERALITY: dict[str, Code] = {"left": ("7771000", "Left"), "right": ("24028007", "Right")}
_LABEL_OF_CODE = {
    "64033007": KIDNEY, "T-71000": KIDNEY, "9846003": KIDNEY, "18639004": KIDNEY,
    "108369006": TUMOUR, "M-8FFFF": TUMOUR, "4147007": TUMOUR, "M-03000": TUMOUR,
    "372087000": TUMOUR, "86049000": TUMOUR, "702391001": TUMOUR,
    "367643001": CYST, "M-3340A": CYST,
}  # fmt: skip
_KIDNEY_CODES = {"64033007", "T-71000", "9846003", "18639004"}
_NAMES_KIDNEY = _KIDNEY_CODES | {"702391001"}  # renal cell carcinoma
_WORDS = {
    KIDNEY: {"kidney", "kidneys", "niere", "nieren", "rein", "ren"},
    TUMOUR: {
        "tumour", "tumor", "tumours", "tumors", "mass", "masses", "neoplasm", "neoplasms",
        "lesion", "lesions", "rcc", "carcinoma", "gtv",
    },
    CYST: {"cyst", "cysts", "zyste", "zysten"},
}  # fmt: skip
_MEANS_NOTHING = {
    "left", "right", "l", "r", "lt", "rt", "li", "re", "renal", "cell", "segment", "roi", "label",
    "and", "of", "the", "both",
}  # fmt: skip
_KNOWN = set().union(*_WORDS.values())
_LEAST_KIDNEY_ML, _LEAST_APART_MM = 15.0, 40.0
_MOST_SEGMENTS = 250


MakerKind = Literal["MANUAL", "SEMIAUTOMATIC", "AUTOMATIC"]
"""Values of SegmentAlgorithmType, PS3.3 C.8.20.4."""


@dataclass(frozen=True)
class Maker:
    """Who made the labels.

    Parameters
    ----------
    kind : "MANUAL", "SEMIAUTOMATIC" or "AUTOMATIC"
        By hand; by a network or tool and corrected; by a network alone.
    model, version : str
        Of the network, where one took part.
    """

    kind: MakerKind = "SEMIAUTOMATIC"
    model: str = ""
    version: str = ""

    @property
    def program(self) -> str:
        """Name of what made them, for people."""
        return self.model or "KidView tools"

    @property
    def program_version(self) -> str:
        """Its version."""
        return self.version or __version__


@dataclass(frozen=True)
class Segment:
    """One segment to be written.

    Parameters
    ----------
    label : int
    name : str
        Such as "kidney" or "tumour 1".
    side : str
        "left", "right", or "" where it cannot be told.
    """

    label: int
    name: str
    side: Side = ""

    @property
    def title(self) -> str:
        """Name with the side, such as "tumour 1 (left)"."""
        return self.name if self.side in self.name else f"{self.name} ({self.side})"


def segments_of(
    labels: LabelMap, *, each_lesion: bool = False, wanted: Sequence[int] = ()
) -> tuple[tuple[Segment, ...], LabelArray]:
    """What is written of labels: one segment a label, or one a kidney and a lesion.

    Parameters
    ----------
    labels : LabelMap
    each_lesion : bool
        Every connected tumour and cyst by itself, the largest first, and the kidneys apart
        where their sides can be told.
    wanted : sequence of int
        Labels to write; none: all that are there. Sides are told by all of them.

    Returns
    -------
    tuple of Segment
    (Z, Y, X) uint8
        Number of the segment, counted from 1, of each voxel.

    Raises
    ------
    WriteError
        There is no label, or more pieces than can be numbered.
    EmptyMask
        A wanted label has no voxel.
    """
    box = Box.tight(labels.array > 0)
    if box is None:
        raise WriteError("there is no label to write", "outline or open one first")
    inside = labels.array[box.slices]
    missing = [LABEL_NAMES[n] for n in wanted if not (inside == n).any()]
    if missing:
        raise EmptyMask(f"there is no {missing[0]} to write", "outline it")
    sides = _sides(labels, box)
    numbers = np.zeros(labels.array.shape, np.uint8)
    found: list[Segment] = []
    for label in (KIDNEY, TUMOUR, CYST):
        mask = inside == label
        if not mask.any() or (wanted and label not in wanted):
            continue
        for name, part in _parts(label, mask, sides, each_lesion):
            at = np.unique(sides[part])
            side: Side = ("", "left", "right")[int(at[0])] if len(at) == 1 else ""
            if len(found) >= _MOST_SEGMENTS:
                raise WriteError(
                    f"there are more than {_MOST_SEGMENTS} pieces to write as segments",
                    "remove small pieces, or write one segment a label",
                )
            found.append(Segment(label, name, side))
            numbers[box.slices][part] = len(found)
    return tuple(found), numbers


def _parts(
    label: int, mask: np.ndarray, sides: np.ndarray, each: bool
) -> list[tuple[str, np.ndarray]]:
    name = LABEL_NAMES[label]
    if not each or (label == KIDNEY and not sides[mask].all()):
        return [(name, mask)]
    if label == KIDNEY:
        halves = (
            (f"{side} kidney", mask & (sides == n)) for n, side in ((1, "left"), (2, "right"))
        )
        return [(words, half) for words, half in halves if half.any()]
    pieces, count = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    order = np.argsort(-sizes, kind="stable")
    if count > _MOST_SEGMENTS:
        order = order[: _MOST_SEGMENTS + 1]  # enough to be refused
    return [(f"{name} {n + 1}", pieces == which + 1) for n, which in enumerate(order)]


def _sides(labels: LabelMap, box: Box) -> LabelArray:
    """Side of each labelled voxel of a box: 1 left, 2 right, 0 not told.

    Told where the two largest connected pieces (kidney with its lesions) are as large as
    kidneys and apart from left to right; other pieces belong to the nearer one.
    """
    pieces, count = ndimage.label(labels.array[box.slices] > 0, np.ones((3, 3, 3)))
    none = np.zeros(pieces.shape, np.uint8)
    if count < 2:
        return none
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    two = np.argsort(-sizes, kind="stable")[:2]
    if sizes[two[1]] * labels.geometry.voxel_ml < _LEAST_KIDNEY_ML:
        return none
    middles = np.array(ndimage.center_of_mass(pieces > 0, pieces, np.arange(1, count + 1)))
    x = labels.geometry.index_to_ras(middles + np.array(box.start))[:, 0]
    if abs(x[two[0]] - x[two[1]]) < _LEAST_APART_MM:
        return none
    is_right = x > x[two].mean()  # RAS: x grows toward the patient's right
    of_piece = np.concatenate([[0], np.where(is_right, 2, 1)]).astype(np.uint8)
    return np.asarray(of_piece[pieces])


def label_of(name: str, code: str = "", region: str = "") -> int | None:
    """The label that somebody's segment is; None where that cannot be told for sure.

    Parameters
    ----------
    name : str
        Their name for it. Every word must be known: "liver tumor" is none of ours.
    code : str
        SNOMED code of its type; decides where it is known. Codes of lesions name no organ:
        without a region the name must not name another one, so its words must be known, too.
    region : str
        SNOMED code of the anatomic region; a lesion of another organ is none of ours.
    """
    if region and region not in _KIDNEY_CODES:
        return None
    words = set(re.findall(r"[^\W\d_]+", name.lower())) - _MEANS_NOTHING
    if code:
        told = _LABEL_OF_CODE.get(code)
        is_sure = bool(region) or code in _NAMES_KIDNEY or not words - _KNOWN
        return told if is_sure else None
    for label in (CYST, TUMOUR, KIDNEY):
        kidney = set() if label == KIDNEY else _WORDS[KIDNEY]
        if words & _WORDS[label] and not words - _WORDS[label] - kidney:
            return label
    return None


def map_names(
    path_name: str, given: Mapping[str, int | None], roles: Mapping[str, int]
) -> dict[str, int]:
    """Which label each of somebody's names is.

    Parameters
    ----------
    path_name : str
        Of the file, for the sentence.
    given : mapping of str to int or None
        Names, and what codes and words make of them.
    roles : mapping of str to int
        What the user says of them; wins.

    Raises
    ------
    UnknownParts
        None of them is a known label.
    ReadError
        The user named one that is not there.
    """
    lost = [name for name in roles if name not in given]
    if lost:
        raise ReadError(
            f"{path_name} has no segment {lost[0]!r}", f"it has: {_listed(tuple(given))}"
        )
    found = {name: roles.get(name, label) for name, label in given.items()}
    known = {name: label for name, label in found.items() if label}
    if not known:
        first = next(iter(given), "")
        raise UnknownParts(
            f"{path_name} holds {_listed(tuple(given)) or 'nothing'}: "
            "none is a kidney, tumour or cyst by its code or name",
            f"say which is which: kidview export --as '{first}=tumour'",
            tuple(given),
        )
    return known


def _listed(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
