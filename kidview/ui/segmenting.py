"""Running the network on the open scan."""

from __future__ import annotations

from collections.abc import Callable

from kidview.core.resources import models_dir
from kidview.core.task import Job, Task
from kidview.core.volume import Volume
from kidview.segment import DEFAULT_MODEL, Proposal, Segmenter
from kidview.ui.context import Context
from kidview.ui.notice import Notice

KEY = "segment"


def segment(context: Context) -> None:
    """Start the network; its proposal becomes a preview, never labels."""
    volume = context.session.volume
    if volume is None:
        return
    if context.jobs.is_running(KEY):
        context.window.say("The network is at work already; Ctrl+. stops it")
        return

    def done(proposal: Proposal) -> None:
        if context.session.volume is volume:
            show(context, proposal)

    context.jobs.start(Job("Segment kidneys", KEY, segmentation(context, volume), done))


def show(context: Context, proposal: Proposal) -> None:
    """Preview a proposal and tell what did not go as asked; an empty one is only told."""
    context.window.notices.close_notice(KEY)
    if not any(proposal.voxels.values()):
        words = "No kidney was found. Is this an abdominal CT in HU? Outline it with the brush."
        context.window.notify(Notice(KEY, "warning", words))
        return
    context.session.propose(proposal)
    if proposal.notes:
        words = ". ".join(note[:1].upper() + note[1:] for note in proposal.notes)
        context.window.notify(Notice(KEY, "warning", f"{words}."))


def segmentation(context: Context, volume: Volume) -> Callable[[Task], Proposal]:
    """The work of a segmenting job, as the settings of now want it."""
    name = context.settings["model"] or DEFAULT_MODEL
    device = context.settings["device"]
    return lambda task: Segmenter(models_dir(), name, device).run(volume, task)
