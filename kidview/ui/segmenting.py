"""Running the network on the open scan."""

from __future__ import annotations

from kidview.core.resources import models_dir
from kidview.core.task import Job, Task
from kidview.segment import Proposal, Segmenter
from kidview.ui.context import Context

KEY = "segment"
DEFAULT_MODEL = "kidney"


def segment(context: Context) -> None:
    """Start the network; its proposal becomes a preview, never labels."""
    volume = context.session.volume
    if volume is None:
        return
    name = context.settings["model"] or DEFAULT_MODEL
    device = context.settings["device"]

    def work(task: Task) -> Proposal:
        return Segmenter(models_dir(), name, device).run(volume, task)

    def done(proposal: Proposal) -> None:
        if context.session.volume is volume:
            context.session.propose(proposal)

    context.jobs.start(Job("Segment kidneys", KEY, work, done))
