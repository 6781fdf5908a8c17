"""The tools table: one row a tool, one file a tool."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ToolRow:
    """A row of the tools table.

    Parameters
    ----------
    id : str
    title : str
        As menus and undo steps name it.
    key : str
        Single key that chooses the tool.
    icon : str
        Name in the icon set (Phosphor).
    tip : str
        One sentence for the tool-tip.
    gesture : str
        "navigate" moves the crosshair, "stroke" draws while dragged, "click" acts once.
    options : tuple of str
        Names of `ViewState` fields the option line offers.
    """

    id: str
    title: str
    key: str
    icon: str
    tip: str
    gesture: str
    options: tuple[str, ...] = ()


TOOLS = (
    ToolRow(
        "navigate",
        "Navigate",
        "N",
        "ph.crosshair-simple",
        "Move the crosshair to the pointer",
        "navigate",
    ),
    ToolRow(
        "brush",
        "Brush",
        "B",
        "ph.paint-brush",
        "Paint the active label; hold Ctrl to erase",
        "stroke",
        ("label", "radius_mm", "is_ball", "over", "hu_range"),
    ),
    ToolRow(
        "eraser",
        "Eraser",
        "E",
        "ph.eraser",
        "Erase to background; hold Ctrl to paint",
        "stroke",
        ("radius_mm", "is_ball", "over", "hu_range"),
    ),
    ToolRow(
        "relabel",
        "Relabel",
        "K",
        "ph.swap",
        "Click a piece to give it the active label",
        "click",
        ("label",),
    ),
)
