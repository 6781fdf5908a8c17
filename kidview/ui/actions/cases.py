"""Cases menu: the list, the next one, add, and how far the open case is."""

from __future__ import annotations

from kidview.cases import Status
from kidview.ui.actions.row import ActionRow, Condition
from kidview.ui.context import Context
from kidview.ui.worklist.reader import change_reader

FROM: dict[str, frozenset[Status]] = {
    "cases.corrected": frozenset({Status.NEW, Status.SEGMENTED, Status.IN_CORRECTION}),
    "cases.approve": frozenset({Status.CORRECTED}),
    "cases.reopen": frozenset({Status.CORRECTED, Status.APPROVED, Status.REJECTED}),
    "cases.reject": frozenset(Status) - {Status.REJECTED},
}
"""Which statuses each step is offered from."""

_NO_CASE = Condition(
    lambda c: c.session.volume is not None and c.session.case is None,
    "open a scan that is no case yet",
)


def toggle_list(context: Context) -> None:
    """Show the cases and put the keys into them, or give both back."""
    settings, window = context.settings, context.window
    settings.set("has_cases", not settings["has_cases"])
    if settings["has_cases"]:
        window.right.cases.take_keys()
    else:
        window.setFocus()


def _step_row(
    id: str, title: str, key: str, tip: str, icon: str, status: Status, starts_group: bool = False
) -> ActionRow:
    """A row that sets the open case's status."""
    sources = FROM[id]

    def is_met(context: Context) -> bool:
        case = context.session.case
        return case is not None and case.status in sources

    words = " or ".join(sorted(sources)) if len(sources) < 4 else "not rejected yet"
    return ActionRow(
        id,
        title,
        (key,),
        tip,
        "Cases",
        lambda c: c.window.casework.move(status),
        Condition(is_met, f"open a case that is {words}"),
        icon=icon,
        starts_group=starts_group,
    )


CASES = (
    ActionRow(
        "cases.list",
        "List of cases",
        ("Q",),
        "Show or hide the cases that are kept, and how far each one is",
        "Cases",
        toggle_list,
        is_checked=lambda c: bool(c.settings["has_cases"]),
        icon="ph.queue",
    ),
    ActionRow(
        "cases.next",
        "Next undone case",
        ("Ctrl+N",),
        "Open the next case that waits to be corrected",
        "Cases",
        lambda c: c.window.casework.open_next(),
        icon="ph.skip-forward",
    ),
    ActionRow(
        "cases.add",
        "Add this scan to the cases",
        ("Ctrl+Shift+N",),
        "Keep the scan without names, and with it the network's proposal if you accepted one",
        "Cases",
        lambda c: c.window.casework.add(),
        _NO_CASE,
        icon="ph.plus",
        starts_group=True,
    ),
    ActionRow(
        "cases.segment",
        "Segment all new cases",
        ("Ctrl+Shift+G",),
        "Let the network outline every case nobody looked at; can be stopped and started again",
        "Cases",
        lambda c: c.window.casework.segment_new(),
        icon="ph.magic-wand",
    ),
    _step_row(
        "cases.corrected",
        "Mark as corrected",
        "Ctrl+Shift+C",
        "Save the labels in the case and say that they are right; another reader approves",
        "ph.check",
        Status.CORRECTED,
        starts_group=True,
    ),
    _step_row(
        "cases.approve",
        "Approve",
        "Ctrl+Shift+A",
        "Agree with the corrected labels; who corrected them cannot",
        "ph.checks",
        Status.APPROVED,
    ),
    _step_row(
        "cases.reject",
        "Reject",
        "Ctrl+Shift+R",
        "Say that the case cannot be used; it stays in the list and can be reopened",
        "ph.prohibit",
        Status.REJECTED,
    ),
    _step_row(
        "cases.reopen",
        "Reopen",
        "Ctrl+Shift+E",
        "Correct the case again",
        "ph.pencil-simple",
        Status.IN_CORRECTION,
    ),
    ActionRow(
        "cases.reader",
        "Change reader…",
        ("Ctrl+Shift+U",),
        "Say who is reading: the name is kept with corrections and approvals",
        "Cases",
        change_reader,
        icon="ph.user",
        starts_group=True,
    ),
)
