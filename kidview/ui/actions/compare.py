"""View menu, comparing: another mask beside the labels."""

from __future__ import annotations

from kidview.ui import other_masks
from kidview.ui.actions.row import SCAN, ActionRow, Condition
from kidview.ui.context import Context

MENU = "View/Compare"
_ON = Condition(lambda c: c.session.compared is not None, "compare with another mask first")
_HERE = Condition(lambda c: c.window.comparing.here is not None, "go to a difference first")


def stop(context: Context) -> None:
    """The labels alone again."""
    context.session.compare_with(None)
    context.window.say("No longer compared")


COMPARE = (
    ActionRow(
        "compare.mask",
        "Compare with mask…",
        ("Alt+C",),
        "Show another mask of this scan beside the labels, and where they differ",
        MENU,
        other_masks.ask_mask,
        SCAN,
    ),
    ActionRow(
        "compare.network",
        "Compare with the network's result",
        ("Alt+Shift+C",),
        "Show beside the labels what the network proposed",
        MENU,
        other_masks.compare_with_network,
        Condition(
            lambda c: other_masks.has_result(c.session),
            "accept the network's result first, or open a case that has one",
        ),
    ),
    ActionRow(
        "compare.next",
        "Next difference",
        ("U",),
        "Go to where the two masks differ, the largest difference first",
        MENU,
        lambda c: c.window.comparing.step(1),
        _ON,
        starts_group=True,
    ),
    ActionRow(
        "compare.previous",
        "Difference before",
        ("Shift+U",),
        "Go back to the difference before",
        MENU,
        lambda c: c.window.comparing.step(-1),
        _ON,
    ),
    ActionRow(
        "compare.take",
        "Take the other's",
        ("Ctrl+U",),
        "Give the difference gone to the labels of the other mask, as one step",
        MENU,
        lambda c: c.window.comparing.take(),
        _HERE,
    ),
    ActionRow(
        "compare.stop",
        "Stop comparing",
        ("Alt+U",),
        "Show the labels alone again; Esc does so too when nothing else waits",
        MENU,
        stop,
        _ON,
        starts_group=True,
    ),
)
