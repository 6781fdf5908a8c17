"""Navigate: no edit, the crosshair follows the pointer."""

from __future__ import annotations

from kidview.edit.tools.row import ToolRow

ROW = ToolRow(
    "navigate",
    "Navigate",
    "Z",
    "ph.crosshair-simple",
    "Move the crosshair to the pointer",
    "navigate",
)
