"""An earlier scan of the patient: chosen, read with its labels, laid over the open one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from kidview.core.errors import KidViewError
from kidview.core.labels import LabelMap
from kidview.core.task import Job, Task
from kidview.core.volume import Source, Volume
from kidview.follow import FollowUp, follow_up
from kidview.io import check_one_patient, choose, days_between, find, read_labels, read_scan
from kidview.measure import Case, find_anatomy
from kidview.ui import opening
from kidview.ui.context import Context
from kidview.ui.worklist.pictures import load_labels

KEY = "earlier scan"


@dataclass(frozen=True, eq=False)
class Earlier:
    """What a job read and found.

    Parameters
    ----------
    name : str
        Of its file or folder, or the case's id.
    volume : Volume
    labels : LabelMap
    found : FollowUp
    """

    name: str
    volume: Volume
    labels: LabelMap
    found: FollowUp


def ask_earlier(context: Context) -> None:
    """Choose the earlier scan, then its labels."""
    opening.ask_path(
        context,
        QFileDialog.FileMode.ExistingFile,
        "Earlier scan",
        lambda c, scan: _ask_labels(c, scan[0]),
        _beside_open(context),
    )


def ask_earlier_folder(context: Context) -> None:
    """Choose the folder of the earlier DICOM series, then its labels."""
    opening.ask_path(
        context,
        QFileDialog.FileMode.Directory,
        "Folder of the earlier scan",
        lambda c, scan: _ask_labels(c, scan[0]),
        _beside_open(context),
    )


def _ask_labels(context: Context, scan: Path) -> None:
    opening.ask_path(
        context,
        QFileDialog.FileMode.ExistingFile,
        f"Labels of {scan.name}",
        lambda c, labels: open_earlier(c, scan, labels[0]),
        scan.parent,
    )


def _beside_open(context: Context) -> Path | None:
    """The folder in which the open scan lies; None where it came from the cases."""
    volume = context.session.volume
    if volume is None or context.session.case is not None:
        return None
    folder = volume.source.path.absolute().parent
    return folder if folder.is_dir() else None


def open_earlier(context: Context, scan: Path, labels: Path) -> None:
    """Read an earlier scan and its labels, lay the kidneys over the open scan's, show both."""

    def read(task: Task) -> tuple[Volume, LabelMap]:
        volume = read_scan(choose(find(scan, Task()), ""), task.part(0.0, 0.8))
        return volume, read_labels(labels, volume.geometry, volume.source, task.part(0.8, 1.0))

    _open(context, scan.name, read, check_one_patient)


def open_earlier_case(context: Context, case_id: str) -> None:
    """The same with another case of the patient and the labels kept of it."""
    store = context.window.casework.store

    def read(task: Task) -> tuple[Volume, LabelMap]:
        case = store.read(case_id)
        volume, labels = store.load_image(case, task), load_labels(store, case)
        if labels is None:
            raise KidViewError(
                f"case {case_id} has no labels yet", "segment or correct it, then compare"
            )
        return volume, labels

    _open(context, case_id, read, lambda before, after: "")  # the set knows the patient of both


def _open(
    context: Context,
    name: str,
    read: Callable[[Task], tuple[Volume, LabelMap]],
    check_patient: Callable[[Source, Source], str],
) -> None:
    session = context.session
    volume, now = session.volume, session.labels
    if volume is None or now is None:
        context.window.say("Open a CT first, then an earlier one")
        return
    snapshot = now.snapshot()

    def work(task: Task) -> Earlier:
        before, labels_before = read(task.part(0.0, 0.4))
        remark = check_patient(before.source, volume.source)
        found = follow_up(
            case_of(before, labels_before, task),
            case_of(volume, snapshot.labels(), task),
            _days(before, volume),
            task.part(0.4, 1.0),
            remarks=(remark,) if remark else (),
        )
        return Earlier(name, before, labels_before, found)

    def done(earlier: Earlier) -> None:
        if session.volume is volume:
            context.window.notices.close_notice("error")
            context.window.two_times.begin(earlier)

    context.jobs.start(Job(f"Compare with {name}", KEY, work, done))


def case_of(volume: Volume, labels: LabelMap, task: Task) -> Case:
    """Kidneys and lesions of a scan, as `kidview.follow` takes them."""
    task.check()
    return Case(find_anatomy(labels.array, volume.geometry, volume.hu), volume.geometry, volume.hu)


def _days(before: Volume, after: Volume) -> float | None:
    """Days by the dates of DICOM files; None where one is not known.

    Raises
    ------
    KidViewError
        The one called earlier is later.
    """
    days = days_between(before.source, after.source)
    if days is not None and days < 0:
        raise KidViewError(
            f"the scan chosen as the earlier one is {-days:g} days younger than the open one",
            "open the younger scan, then compare it with the older one",
        )
    return days
