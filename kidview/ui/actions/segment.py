"""Segment menu: run the network, take its proposal or leave it."""

from __future__ import annotations

from kidview.ui import segmenting
from kidview.ui.actions.row import PROPOSAL, SCAN, WAITING, ActionRow, Condition
from kidview.ui.context import Context
from kidview.ui.telling import step_in_words


def accept(context: Context, only_unlabelled: bool = False) -> None:
    """Write what waits as one step and say what it changed: proposal, outline or draft."""
    session = context.session
    if session.proposal is None:
        if session.outline is not None:
            context.window.outlining.close()
        else:
            context.window.effects.apply()
        return
    step = session.history.last if session.accept(only_unlabelled) else None
    if step is not None and session.volume is not None:
        context.window.say(step_in_words(step, session.volume.geometry.voxel_ml))
    else:
        context.window.say("The proposal changes nothing here")


def discard(context: Context) -> None:
    """Forget what waits."""
    if context.session.proposal is not None:
        context.session.discard()
        context.window.say("Proposal discarded")
    elif context.session.outline is not None:
        context.session.draw_outline(None)
    else:
        context.window.effects.leave()


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
        "Make what is proposed or drawn the labels, as one step; locked labels stay",
        "Segment",
        accept,
        WAITING,
        icon="ph.check",
        starts_group=True,
    ),
    ActionRow(
        "segment.add",
        "Accept and keep my labels",
        ("Shift+Return", "Shift+Enter"),
        "Fill only what has no label yet, as one step",
        "Segment",
        lambda c: accept(c, only_unlabelled=True),
        PROPOSAL,
        icon="ph.plus",
    ),
    ActionRow(
        "segment.discard",
        "Discard",
        ("Esc",),
        "Forget what is proposed or drawn",
        "Segment",
        discard,
        WAITING,
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
