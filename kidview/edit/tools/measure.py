"""Distances, angles and HU of regions: marks upon the scan, which change no label."""

from __future__ import annotations

from kidview.edit.tools.row import Option, ToolRow

KIND = Option(
    "measure.kind",
    "Kind",
    "What a drag or clicks measure",
    "distance",
    choices=(("distance", "Distance"), ("angle", "Angle"), ("ellipse", "HU in an ellipse")),
)

ROW = ToolRow(
    "measure",
    "Measure",
    "M",
    "ph.ruler",
    "Drag a distance or an ellipse, or click the three points of an angle; Del removes it",
    "annotate",
    (KIND,),
)
