"""Running the network on the open scan."""

from __future__ import annotations

from collections.abc import Callable

from kidview.cases import Author
from kidview.core.errors import EditRefused, ModelError
from kidview.core.task import Job, Task
from kidview.core.volume import Volume
from kidview.learning import HISTORY_FILE, own_models, user_registry
from kidview.segment import Proposal, Segmenter
from kidview.ui.context import Context
from kidview.ui.notice import Notice

KEY = "segment"


def segment(context: Context) -> None:
    """Start the network; its proposal becomes a preview, never labels."""
    volume = context.session.volume
    if volume is None:
        return
    if context.session.refusal is not None:  # a proposal could not be accepted
        refusal = context.session.refusal
        context.window.show_error(EditRefused(refusal.what, refusal.hint))
        return
    if context.jobs.is_running(KEY):
        key = context.window.commands.shown_key("segment.stop")
        context.window.say(f"The network is at work already; {key} stops it")
        return

    authors: list[Author] = []

    def done(proposal: Proposal) -> None:
        if context.session.volume is volume:
            show(context, proposal, authors[0])

    work = segmentation(context, volume, authors.append)
    context.jobs.start(Job("Segment kidneys", KEY, work, done, lambda e: _fail(context, e)))


def _fail(context: Context, error: Exception) -> None:
    """Tell; where a model made here is broken, with the way back to the one before."""
    back = context.window.commands["teach.back"].trigger
    own = isinstance(error, ModelError) and (own_models() / HISTORY_FILE).exists()
    context.window.show_error(error, (("Go back to the model before", back),) if own else ())


def show(context: Context, proposal: Proposal, author: Author | None = None) -> None:
    """Preview a proposal and tell what did not go as asked; an empty one is only told."""
    context.window.notices.close_notice(KEY)
    if not any(proposal.voxels.values()):
        words = "No kidney was found. Is this an abdominal CT in HU? Outline it with the brush."
        context.window.notify(Notice(KEY, "warning", words))
        return
    context.session.propose(proposal, author)
    if proposal.notes:
        words = ". ".join(note[:1].upper() + note[1:] for note in proposal.notes)
        context.window.notify(Notice(KEY, "warning", f"{words}."))


def segmentation(
    context: Context, volume: Volume, tell_author: Callable[[Author], object] = lambda author: None
) -> Callable[[Task], Proposal]:
    """The work of a segmenting job, as the settings of now want it; tells who speaks first."""
    name, device = context.settings["model"], context.settings["device"]

    def work(task: Task) -> Proposal:
        models = user_registry()
        model = models.find(name) if name else models.in_use()
        segmenter = Segmenter(model.folder, model.name, device)
        tell_author(Author.of_model(segmenter.card))
        return segmenter.run(volume, task)

    return work
