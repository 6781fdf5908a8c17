"""Scans opened lately: a list with small pictures, on this machine only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kidview.core.volume import Volume
from kidview.ui.thumbnail import axial_picture

KEPT = 8
THUMBNAIL_PX = (176, 132)


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
    axial_picture(volume, THUMBNAIL_PX).save(str(picture))
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
