"""What workers do to the store: add a scan, keep a correction. Values in, values out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kidview.cases import Case, CaseStore, Status
from kidview.core.errors import CaseError, KidViewError
from kidview.core.labels import LabelMap, Snapshot
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.session import Accepted, Spent
from kidview.ui.worklist.pictures import keep_picture


@dataclass(frozen=True, eq=False)
class Work:
    """The open scan's labels at one moment, and all that is kept with them.

    Parameters
    ----------
    volume : Volume
    snapshot : Snapshot
        Of the labels.
    state : object
        Of the history, to know later whether the labels are still these.
    spent : Spent
    accepted : Accepted or None
        A proposal no case holds yet.
    """

    volume: Volume
    snapshot: Snapshot
    state: object
    spent: Spent
    accepted: Accepted | None

    @property
    def labels(self) -> LabelMap:
        """The labels of the moment; the first to ask waits for their copy."""
        return self.snapshot.labels()

    def prediction(self) -> LabelMap | None:
        """The accepted proposal as labels of the whole scan."""
        if self.accepted is None:
            return None
        return self.accepted.proposal.as_label_map(self.volume.geometry)

    def is_as_predicted(self, prediction: LabelMap) -> bool:
        """Whether nobody changed anything of what the network proposed."""
        return not self.spent.touched and np.array_equal(self.labels.array, prediction.array)


@dataclass(frozen=True)
class Way:
    """How a scan becomes a case.

    Parameters
    ----------
    refer : bool
        Leave the scan where it lies.
    patient : str
        What tells the patient, where the scan does not; see `CaseStore.add`.
    """

    refer: bool = False
    patient: str = ""


PLAIN = Way()


@dataclass(frozen=True, eq=False)
class Commit:
    """What the store holds now; `work` when those labels are in it."""

    case: Case
    work: Work | None = None
    accepted: Accepted | None = None


@dataclass(frozen=True)
class Added:
    """What became of adding a scan.

    Parameters
    ----------
    case : Case
    holds_labels : bool
        Opening the case would show the labels of now.
    was_there : bool
        The scan was a case already; nothing was written.
    error : KidViewError or None
        Why the prediction could not be kept with it.
    """

    case: Case
    holds_labels: bool = False
    was_there: bool = False
    error: KidViewError | None = None


def add_scan(store: CaseStore, work: Work, way: Way, task: Task) -> Added:
    """Make a case of the open scan, with the proposal that was accepted."""
    found = store.find(work.volume)
    if found is not None:
        return Added(store.read(found), was_there=True)
    part = task.part(0.0, 0.8)
    case = store.add(work.volume, refer=way.refer, patient=way.patient, task=part)
    prediction, error = work.prediction(), None
    if prediction is not None and work.accepted is not None:
        try:
            part = task.part(0.8, 0.95)
            doubt = work.accepted.proposal.doubt
            case = store.write_prediction(case, prediction, work.accepted.author, part, doubt)
        except KidViewError as failure:  # the scan is a case all the same
            prediction, error = None, failure
    keep_picture(store, case, work.volume, prediction)
    if prediction is None:
        return Added(case, holds_labels=not work.labels.array.any(), error=error)
    return Added(case, holds_labels=work.is_as_predicted(prediction))


def keep(
    store: CaseStore,
    case: Case,
    work: Work,
    by: str,
    committed: Callable[[Commit], None],
    task: Task,
    *,
    is_finished: bool = False,
) -> Case:
    """Put the labels of a moment into their case.

    A proposal that nobody touched is kept as the network's alone, and the case stays a
    segmented one, unless it is finished.

    Parameters
    ----------
    store : CaseStore
    case : Case
    work : Work
    by : str
        Who corrected.
    committed : callable
        Told of every step that reached the disk, though a later one may fail.
    task : Task
    is_finished : bool
        The case becomes "corrected".

    Raises
    ------
    CaseError, WriteError
        What was committed before stays.
    """
    if is_finished and not work.labels.array.any():
        raise CaseError(
            f"nothing is outlined in case {case.case_id}",
            "outline the kidneys, or reject the case",
        )
    prediction = work.prediction()
    is_untouched = False
    if prediction is not None and work.accepted is not None:
        is_untouched = case.corrected is None and work.is_as_predicted(prediction)
        part = task.part(0.0, 0.3)
        doubt = work.accepted.proposal.doubt
        case = store.write_prediction(case, prediction, work.accepted.author, part, doubt)
        committed(Commit(case, work if is_untouched else None, work.accepted))
    if is_finished or not is_untouched:
        case = _write_corrected(store, case, work, by, task.part(0.3, 0.95))
        committed(Commit(case, work))
    if is_finished:
        case = store.set_status(case, Status.CORRECTED, by)
        committed(Commit(case))
    keep_picture(store, case, work.volume, work.labels)
    return case


def _write_corrected(store: CaseStore, case: Case, work: Work, by: str, task: Task) -> Case:
    return store.write_corrected(
        case,
        work.labels,
        work.spent.painted(case.geometry.shape_zyx),
        by,
        seconds=round(work.spent.seconds, 1),
        operations=work.spent.operations,
        task=task,
    )
