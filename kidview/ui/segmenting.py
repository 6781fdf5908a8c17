"""Running the network on the open scan."""

from __future__ import annotations

from collections.abc import Callable

from kidview.core.resources import models_dir
from kidview.core.task import Job, Task
from kidview.core.volume import Volume
from kidview.segment import DEFAULT_MODEL, Proposal, Segmenter
from kidview.ui.context import Context

KEY = "segment"


def segment(context: Context) -> None:
    """Start the network; its proposal becomes a preview, never labels."""
    volume = context.session.volume
    if volume is None:
        return

    def done(proposal: Proposal) -> None:
        if context.session.volume is volume:
            context.session.propose(proposal)

    context.jobs.start(Job("Segment kidneys", KEY, segmentation(context, volume), done))


def segmentation(context: Context, volume: Volume) -> Callable[[Task], Proposal]:
    """The work of a segmenting job, as the settings of now want it."""
    name = context.settings["model"] or DEFAULT_MODEL
    device = context.settings["device"]
    return lambda task: Segmenter(models_dir(), name, device).run(volume, task)
