"""What is under the pointer, in words for the status bar."""

from __future__ import annotations

from kidview.core.labels import LABEL_NAMES
from kidview.core.types import Triple
from kidview.ui.mouse import Probe


def in_words(probe: Probe | None) -> str:
    """HU, label, voxel (x, y, z) and mm; "" for nothing."""
    if probe is None:
        return ""
    where = point_in_words(probe.point_ras)
    if probe.index_zyx is None:
        return where
    z, y, x = probe.index_zyx
    return f"{probe.hu} HU · {LABEL_NAMES[probe.label]} · ({x}, {y}, {z}) · {where}"


def point_in_words(point_ras: Triple) -> str:
    """A point with the letters of its side: "L 12.3 A 40.1 S 100.2 mm"."""
    letters = ("RL", "AP", "SI")
    parts = [
        f"{pair[0] if value >= 0 else pair[1]} {abs(value):.1f}"
        for pair, value in zip(letters, point_ras, strict=True)
    ]
    return " ".join(parts) + " mm"
