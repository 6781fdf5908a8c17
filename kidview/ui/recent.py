"""Scans opened lately: a list with small pictures, on this machine only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from kidview.core.volume import Volume

KEPT = 8
THUMBNAIL_PX = (176, 132)
_WINDOW_HU = (-160.0, 240.0)


@dataclass(frozen=True)
class Recent:
    """One scan opened before."""

    path: str
    title: str
    grid: str

    def picture(self, folder: Path) -> Path:
        """Where its thumbnail lies, if there is one."""
        digest = hashlib.sha256(self.path.encode()).hexdigest()[:16]
        return folder / "recent" / f"{digest}.png"


def read_recents(folder: Path) -> tuple[Recent, ...]:
    """The list, newest first, without files that are gone; empty when it cannot be read."""
    try:
        rows = json.loads((folder / "recent.json").read_text(encoding="utf-8"))
        found = tuple(Recent(str(r["path"]), str(r["title"]), str(r["grid"])) for r in rows)
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple(recent for recent in found if Path(recent.path).exists())


def remember(folder: Path, volume: Volume) -> tuple[Recent, ...]:
    """Put a scan first in the list and draw its picture; returns the new list."""
    z, y, x = volume.geometry.shape_zyx
    recent = Recent(str(volume.source.path.absolute()), volume.source.title, f"{x} × {y} × {z}")
    older = [r for r in read_recents(folder) if r.path != recent.path]
    picture = recent.picture(folder)
    picture.parent.mkdir(parents=True, exist_ok=True)
    thumbnail(volume).save(str(picture))
    for gone in older[KEPT - 1 :]:
        gone.picture(folder).unlink(missing_ok=True)
    return _write(folder, (recent, *older[: KEPT - 1]))


def forget(folder: Path, gone: Sequence[Recent]) -> tuple[Recent, ...]:
    """Take scans from the list, pictures included; returns the new list."""
    for recent in gone:
        recent.picture(folder).unlink(missing_ok=True)
    return _write(folder, tuple(r for r in read_recents(folder) if r not in gone))


def _write(folder: Path, recents: tuple[Recent, ...]) -> tuple[Recent, ...]:
    text = json.dumps([asdict(recent) for recent in recents], indent=2, ensure_ascii=False)
    beside = folder / "recent.json.new"
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(folder / "recent.json")
    return recents


def thumbnail(volume: Volume) -> QImage:
    """The middle axial slice as a small grey picture, cut to the card's shape."""
    plane = volume.hu[volume.hu.shape[0] // 2]
    low, high = _WINDOW_HU
    grey = np.clip((plane.astype(np.float32) - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    grey = np.ascontiguousarray(grey[::-1, ::-1])  # anterior up, the patient's right at the left
    rows, columns = grey.shape
    image = QImage(grey.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
    _z, row_mm, column_mm = volume.geometry.spacing_zyx
    image = image.scaled(columns, max(round(rows * row_mm / column_mm), 1))
    width, height = THUMBNAIL_PX
    image = image.scaled(
        width,
        height,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    left, top = (image.width() - width) // 2, (image.height() - height) // 2
    return image.copy(left, top, width, height)
