"""Refine: a network mends the labels about a click; `kidview.segment.refiner` does the work."""

from __future__ import annotations

from kidview.edit.tools.row import ToolRow

ROW = ToolRow(
    "refine",
    "Refine",
    "R",
    "ph.sparkle",
    "Click what is missed or wrong: the network outlines it anew; Ctrl+click says it is background",
    "refine",
    ("label", "over"),
)
