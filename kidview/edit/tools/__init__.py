"""The tools table: one row a tool, one file a tool."""

from __future__ import annotations

from kidview.edit.tools import (
    brush,
    fill_between,
    fill_holes,
    grow,
    hollow,
    islands,
    level_trace,
    live_wire,
    logic,
    margin,
    measure,
    navigate,
    polygon,
    refine,
    relabel,
    scissors,
    seeds,
    smooth,
    threshold,
)
from kidview.edit.tools.row import Option, OptionValue, ToolRow, Work

TOOLS: tuple[ToolRow, ...] = (
    navigate.ROW,
    brush.BRUSH,
    brush.ERASER,
    polygon.ROW,
    live_wire.ROW,
    grow.ROW,
    level_trace.ROW,
    seeds.ROW,
    relabel.ROW,
    refine.ROW,
    scissors.ROW,
    measure.ROW,
    threshold.ROW,
    fill_between.ROW,
    smooth.ROW,
    margin.ROW,
    hollow.ROW,
    fill_holes.ROW,
    islands.ROW,
    logic.ROW,
)

__all__ = ["TOOLS", "Option", "OptionValue", "ToolRow", "Work"]
