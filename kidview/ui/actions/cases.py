"""Cases menu: the list, the next one, add, and how far the open case is."""

from __future__ import annotations

from kidview.cases import Status
from kidview.ui.actions.row import ActionRow, Condition
from kidview.ui.context import Context
from kidview.ui.worklist.agreement import SETTING as AGREEMENT
from kidview.ui.worklist.agreement import can_compare
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


def toggle_order(context: Context) -> None:
    """Put the most doubtful cases first, or list them as they came."""
    is_by_doubt = not context.settings["is_by_doubt"]
    context.settings.set("is_by_doubt", is_by_doubt)
    words = "the most doubtful first" if is_by_doubt else "as they were added"
    context.window.say(f"Cases are listed {words}")


def write_note(context: Context) -> None:
    """Go to the notes on the open case's card, which is in the right panel."""
    if context.window.right.isHidden():
        context.settings.set("has_panel", True)
    context.window.right.card.notes.begin()


def toggle_agreement(context: Context) -> None:
    """Show on the open case how its readers agree, or no longer."""
    context.settings.set(AGREEMENT, not context.settings[AGREEMENT])


def can_make_consensus(context: Context) -> bool:
    """Whether the open case may get another mask, and has two readings to make it of."""
    case = context.session.case
    return (
        case is not None
        and can_compare(context)
        and case.status in (Status.NEW, Status.SEGMENTED, Status.CORRECTED)
    )


def _step_row(
    id: str, title: str, key: str, tip: str, icon: str, status: Status, starts_group: bool = False
) -> ActionRow:
    """A row that sets the open case's status."""
    sources = FROM[id]

    def is_met(context: Context) -> bool:
        case = context.session.case
        is_blind = bool(context.session.second_reader)
        return case is not None and case.status in sources and not is_blind

    words = " or ".join(sorted(sources)) if len(sources) < 4 else "not rejected yet"
    return ActionRow(
        id,
        title,
        (key,),
        tip,
        "Cases",
        lambda c: c.window.casework.move(status),
        Condition(is_met, f"open a case that is {words}, and end a second reading first"),
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
        "cases.by_doubt",
        "Most doubtful first",
        ("Ctrl+Shift+Y",),
        "Put the cases first of which the network was least sure: they teach it most",
        "Cases",
        toggle_order,
        is_checked=lambda c: bool(c.settings["is_by_doubt"]),
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
        "cases.add_as",
        "Add this scan, with options…",
        ("Ctrl+Alt+N",),
        "Say first whose scan it is, or leave the scan where it lies instead of copying it",
        "Cases",
        lambda c: c.window.casework.ask_how_to_add(),
        _NO_CASE,
        icon="ph.sliders-horizontal",
    ),
    ActionRow(
        "cases.segment",
        "Segment all new cases",
        ("Ctrl+Shift+G",),
        "Let the network outline every case nobody looked at; can be stopped and started again",
        "Cases",
        lambda c: c.window.casework.segment_all.start(),
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
        "Say that the case cannot be used, and why; it stays in the list and can be reopened",
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
        "cases.notes",
        "Note on the case",
        ("Ctrl+Shift+L",),
        "Write down what the next reader of the case should know; no names of patients",
        "Cases",
        write_note,
        Condition(
            lambda c: c.session.case is not None and not c.session.second_reader,
            "open a case, and end a second reading first",
        ),
        icon="ph.note-pencil",
        starts_group=True,
    ),
    ActionRow(
        "cases.read",
        "Second reading",
        ("Ctrl+Shift+I",),
        "Outline the chosen case on your own: you see the network's outline and no other "
        "reader's; again ends it",
        "Cases",
        lambda c: c.window.casework.readings.toggle(),
        Condition(
            lambda c: bool(c.window.casework.readings.case_to_read()),
            "open a case, or choose one in the list",
        ),
        is_checked=lambda c: bool(c.session.second_reader),
        icon="ph.eye-slash",
        starts_group=True,
    ),
    ActionRow(
        "cases.agreement",
        "Agreement between readers",
        ("Ctrl+Shift+J",),
        "Show on the case how alike its readers outlined it, or no longer",
        "Cases",
        toggle_agreement,
        Condition(can_compare, "open a case that two readers have outlined, and not blind"),
        is_checked=lambda c: bool(c.settings[AGREEMENT]),
        icon="ph.users",
    ),
    ActionRow(
        "cases.consensus",
        "Make a consensus…",
        ("Ctrl+Shift+K",),
        "Make what the readers of the case agree on its corrected mask",
        "Cases",
        lambda c: c.window.casework.readings.ask_consensus(),
        Condition(
            can_make_consensus,
            "open a case that two readers have outlined and that is not in correction, approved "
            "or rejected",
        ),
        icon="ph.users-three",
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
