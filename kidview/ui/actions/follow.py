"""View menu, comparing in time: an earlier scan beside the open one."""

from __future__ import annotations

from kidview.ui import earlier_scan
from kidview.ui.actions.row import SCAN, ActionRow, Condition
from kidview.ui.context import Context

MENU = "View/Compare"
_ON = Condition(lambda c: c.window.two_times.then is not None, "compare with an earlier scan first")


def stop(context: Context) -> None:
    """The open scan alone again."""
    context.window.two_times.stop()
    context.window.say("The earlier scan is closed")


FOLLOW = (
    ActionRow(
        "follow.open",
        "Compare with an earlier scan…",
        ("Alt+E",),
        "Show an earlier scan and its labels beside this one, and how each lesion grew",
        MENU,
        earlier_scan.ask_earlier,
        SCAN,
        starts_group=True,
    ),
    ActionRow(
        "follow.open_folder",
        "Compare with an earlier DICOM folder…",
        ("Alt+Shift+E",),
        "The same with a folder of an earlier DICOM series",
        MENU,
        earlier_scan.ask_earlier_folder,
        SCAN,
    ),
    ActionRow(
        "follow.next",
        "Next lesion in both scans",
        ("Shift+E",),
        "Go to the next lesion in both scans",
        MENU,
        lambda c: c.window.two_times.step(),
        _ON,
    ),
    ActionRow(
        "follow.planes",
        "Earlier scan in the same planes",
        ("Ctrl+Alt+P",),
        "Show the earlier scan in the planes of the open one, whatever the tilt of its slices",
        MENU,
        lambda c: c.window.two_times.turn_along(),
        _ON,
        is_checked=lambda c: c.window.two_times.is_turned_along,
    ),
    ActionRow(
        "follow.stop",
        "Close the earlier scan",
        ("Ctrl+Alt+E",),
        "Show the open scan alone again",
        MENU,
        stop,
        _ON,
    ),
)
