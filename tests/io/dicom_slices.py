"""What the tests of DICOM series share: shape, positions, and what a scan's notes say."""

from __future__ import annotations

from kidview.core.volume import Volume

SHAPE = (8, 10, 12)


def up(count: int, step: float = 2.5, start: float = -40.0) -> list[tuple[float, float, float]]:
    return [(10.0, 20.0, start + n * step) for n in range(count)]


def sentences(volume: Volume) -> str:
    return " | ".join(note.text for note in volume.source.notes)
