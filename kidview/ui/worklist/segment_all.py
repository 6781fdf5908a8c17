"""The network outlines every new case, in one job; the list follows case by case."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from kidview.cases import CaseStore
from kidview.core.task import Job, Task
from kidview.learning import Batch, segment_new, user_registry
from kidview.segment import Segmenter
from kidview.ui.context import Context
from kidview.ui.notice import Notice

_BATCH = "segment cases"


class SegmentAll(QObject):
    """Starts the job, and says what came of it.

    Parameters
    ----------
    context : Context
    store : CaseStore
    stored : callable
        Gets the id of each case that was written.
    """

    _case = Signal(str)  # brings what the worker says to the GUI thread

    def __init__(self, context: Context, store: CaseStore, stored: Callable[[str], object]) -> None:
        super().__init__(context.window)
        self._context, self._store = context, store
        self._case.connect(stored)

    def start(self) -> None:
        """Outline all new cases."""
        context, store = self._context, self._store
        if context.jobs.is_running(_BATCH):
            key = context.window.commands.shown_key("segment.stop")
            context.window.say(f"The new cases are being segmented already; {key} stops it")
            return
        device, told = context.settings["device"], self._case.emit

        def work(task: Task) -> Batch:
            model = user_registry().in_use()
            segmenter = Segmenter(model.folder, model.name, device)
            return segment_new(store, segmenter.run, segmenter.card, task, told)

        context.jobs.start(Job("Segment all new cases", _BATCH, work, self._tell))

    def _tell(self, batch: Batch) -> None:
        if not batch.done and not batch.failed:
            self._context.window.say("There is no new case to segment")
            return
        details = "\n".join(f"{case_id}: {error}" for case_id, error in batch.failed.items())
        level = "warning" if batch.failed else "done"
        self._context.window.notify(Notice(_BATCH, level, f"{batch.in_words()}.", details=details))
        for case_id in batch.failed:
            self._case.emit(case_id)
