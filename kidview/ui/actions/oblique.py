"""View menu, oblique planes: turned about the crosshair, and straight again."""

from __future__ import annotations

from kidview.ui.actions.row import SCAN, ActionRow, Condition
from kidview.ui.context import Context
from kidview.ui.turning import (
    BACK_KEY,
    CLOCKWISE_KEY,
    STEP_DEGREES,
    STRAIGHTEN_KEY,
    straighten,
    turn_by,
)

_MENU = "View/Oblique planes"
_TURNED = Condition(lambda c: c.session.view.turn is not None, "the planes are straight")


def turn(context: Context, degrees: float) -> None:
    """Turn the two planes that the active view shows as lines."""
    context.window.say(turn_by(context.session, context.window.views.active_axis, degrees))


def make_straight(context: Context) -> None:
    """Back to the planes of the grid."""
    straighten(context.session)
    context.window.say("The planes are straight")


OBLIQUE = (
    ActionRow(
        "oblique.clockwise",
        "Turn clockwise",
        (CLOCKWISE_KEY,),
        f"Turn the planes shown as lines in the active view by {STEP_DEGREES:g}°",
        _MENU,
        lambda c: turn(c, STEP_DEGREES),
        SCAN,
        repeats=True,
    ),
    ActionRow(
        "oblique.anticlockwise",
        "Turn anticlockwise",
        (BACK_KEY,),
        f"Turn the planes shown as lines in the active view by {STEP_DEGREES:g}° the other way",
        _MENU,
        lambda c: turn(c, -STEP_DEGREES),
        SCAN,
        repeats=True,
    ),
    ActionRow(
        "oblique.straight",
        "Straight planes",
        (STRAIGHTEN_KEY,),
        "Show the slices of the scan again, through the present point",
        _MENU,
        make_straight,
        _TURNED,
    ),
)
