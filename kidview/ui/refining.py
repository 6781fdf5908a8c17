"""Clicks that make the network look again: what was missed, what is wrong."""

from __future__ import annotations

from pathlib import Path

from kidview.core.clicks import Click
from kidview.core.errors import ModelError
from kidview.core.resources import models_dir
from kidview.core.task import Job, Task
from kidview.core.types import Index
from kidview.edit import Edit
from kidview.learning import user_registry
from kidview.segment import DEFAULT_MODEL, Refiner
from kidview.session import Change, What, step_title, why_not
from kidview.ui.acting import writer
from kidview.ui.context import Context

_KEY = "refine"


class Refining:
    """The clicks of one correction, and the network, kept loaded while it is used.

    Clicks add up until the labels are changed by something else, an undo included.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context) -> None:
        self._context, self.session = context, context.session
        self._clicks: tuple[Click, ...] = ()
        self._state: object = None
        self._loaded: tuple[tuple[Path, str, str], Refiner] | None = None
        self.session.changed.connect(self._on_change)

    def click(self, at_zyx: Index, label: int) -> None:
        """A voxel shall be of a label (0 background): let the network mend what is about it."""
        context, session = self._context, self.session
        if session.volume is None or session.labels is None:
            return
        if context.jobs.is_running(_KEY):
            context.window.say("The network is still at the click before")
            return
        why = why_not(session, label)
        if why is not None:
            self.refuse(why)
            return
        z, y, x = at_zyx
        volume = session.volume
        clicks = (*self._clicks, Click((float(z), float(y), float(x)), label))
        snapshot = session.labels.snapshot()
        name, device = context.settings["model"], context.settings["device"]

        def work(task: Task) -> Edit:
            refiner = self._refiner(name, device)
            labels = snapshot.labels().array
            return Edit(*refiner.run(volume.hu, volume.geometry, labels, clicks, task))

        write = writer("refine", step_title("Refine", label), self)

        def done(edit: Edit) -> None:
            if write(edit):
                self._clicks, self._state = clicks, session.history.state

        context.jobs.start(Job("Refine", _KEY, work, done, self.refuse))

    def say(self, words: str) -> None:
        """Tell what was done."""
        self._context.window.say(words)

    def refuse(self, error: Exception) -> None:
        """Tell why something cannot be done."""
        self._context.window.show_error(error)

    def _refiner(self, name: str, device: str) -> Refiner:
        """Of the model in use, or of KidView's own where that one has none."""
        models = user_registry()
        model = models.find(name) if name else models.in_use()
        wanted = (model.folder, model.name, device)
        if self._loaded is None or self._loaded[0] != wanted:
            try:
                made = Refiner(*wanted)
            except ModelError:
                if (model.folder, model.name) == (models_dir(), DEFAULT_MODEL):
                    raise
                made = Refiner(models_dir(), DEFAULT_MODEL, device)
            self._loaded = (wanted, made)
        return self._loaded[1]

    def _on_change(self, change: Change) -> None:
        is_other = self.session.history.state is not self._state
        if change.what & (What.CASE | What.HISTORY) and is_other:
            self._clicks = ()
