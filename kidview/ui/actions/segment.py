"""Segment menu: run the network, take its proposal or leave it."""

from __future__ import annotations

from kidview.ui import segmenting
from kidview.ui.actions.row import PROPOSAL, SCAN, ActionRow, Condition
from kidview.ui.context import Context


def accept(context: Context) -> None:
    """Write the proposal as one step."""
    proposal = context.session.proposal
    if proposal is None:
        return
    text = proposal.summary()
    if context.session.accept():
        context.window.say(f"Accepted: {text}")
    else:
        context.window.say("The proposal equals the labels: nothing changed")


def discard(context: Context) -> None:
    """Forget the proposal."""
    context.session.discard()
    context.window.say("Proposal discarded")


SEGMENT = (
    ActionRow(
        "segment.run",
        "Segment kidneys",
        ("S",),
        "Let the network outline kidneys, tumours and cysts",
        "Segment",
        segmenting.segment,
        SCAN,
        itk_keys=("Ctrl+Return",),
        icon="ph.magic-wand",
    ),
    ActionRow(
        "segment.accept",
        "Accept",
        ("Return", "Enter"),
        "Make the proposal the labels, as one step",
        "Segment",
        accept,
        PROPOSAL,
        icon="ph.check",
        starts_group=True,
    ),
    ActionRow(
        "segment.discard",
        "Discard",
        ("Esc",),
        "Forget the proposal",
        "Segment",
        discard,
        PROPOSAL,
        icon="ph.x",
    ),
    ActionRow(
        "segment.stop",
        "Cancel running work",
        ("Ctrl+.",),
        "Stop everything that runs",
        "Segment",
        lambda c: c.jobs.cancel_all(),
        Condition(lambda c: bool(c.jobs.running), "nothing runs"),
        starts_group=True,
    ),
)
