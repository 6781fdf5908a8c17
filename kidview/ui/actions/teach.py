"""Teaching, at the end of the Cases menu."""

from __future__ import annotations

from kidview.ui.actions.row import ActionRow, Condition
from kidview.ui.context import Context
from kidview.ui.teaching.teach_page import TeachPage
from kidview.ui.teaching.verdict_page import VerdictPage
from kidview.ui.worklist.reader import with_reader


def roll_back(context: Context) -> None:
    """Put the model of before to use again."""
    with_reader(context, context.window.lessons.roll_back)


TEACH = (
    ActionRow(
        "teach.start",
        "Teach the model",
        ("Ctrl+Shift+T",),
        "Let a copy of the model learn from your corrected cases",
        "Cases",
        lambda c: TeachPage(c, c.window.lessons).open(),
        icon="ph.graduation-cap",
        starts_group=True,
    ),
    ActionRow(
        "teach.decide",
        "Compare and decide",
        ("Ctrl+Shift+M",),
        "See the model that has learned beside the one in use",
        "Cases",
        lambda c: VerdictPage(c, c.window.lessons).open(),
        Condition(lambda c: c.window.lessons.verdict is not None, "teach a model first"),
    ),
    ActionRow(
        "teach.back",
        "Go back to the model before",
        ("Ctrl+Shift+B",),
        "Put the model to use that outlined scans before the present one",
        "Cases",
        roll_back,
    ),
)
