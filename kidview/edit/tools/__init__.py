"""The tools table: one row a tool, one file a tool."""

from __future__ import annotations

from kidview.edit.tools import brush, navigate, relabel
from kidview.edit.tools.row import Option, OptionValue, ToolRow, Work

TOOLS: tuple[ToolRow, ...] = (navigate.ROW, brush.BRUSH, brush.ERASER, relabel.ROW)

__all__ = ["TOOLS", "Option", "OptionValue", "ToolRow", "Work"]
