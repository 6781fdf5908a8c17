"""The report of the open scan: where to, made by a worker, and told when it is there."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from kidview.cases import Case, CaseStore
from kidview.core.labels import LabelMap
from kidview.core.task import Job, Task
from kidview.session import Accepted, Session, Spent, What
from kidview.ui.context import Context
from kidview.ui.notice import Notice
from kidview.ui.report.authorship import Facts, by_case, by_hand, by_session
from kidview.ui.report.content import scan_name
from kidview.ui.report.papers import usual_paper
from kidview.ui.report.writing import SUFFIXES, Wanted, Written, make_report
from kidview.ui.view_picture import picture_place
from kidview.ui.worklist.reader import NAME

KEY = "report"
_FILTERS = ("PDF (*.pdf)", "Web page (*.html)")


def report(context: Context) -> None:
    """Ask where to, then make it; a waiting proposal is decided first."""
    context.window.saving.once_decided(lambda: _ask_file(context))


def _ask_file(context: Context) -> None:
    if context.session.volume is None:
        return
    folder, name = picture_place(context.session)
    dialog = QFileDialog(context.window, "Save report")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(_FILTERS))
    dialog.setDefaultSuffix("pdf")
    dialog.filterSelected.connect(
        lambda chosen: dialog.setDefaultSuffix("html" if "html" in chosen else "pdf")
    )
    dialog.setDirectory(str(folder))
    dialog.selectFile(f"{name}_report.pdf")
    dialog.fileSelected.connect(lambda chosen: report_to(context, Path(chosen)))
    dialog.open()


def report_to(context: Context, chosen: Path) -> None:
    """Make the report of this moment.

    Parameters
    ----------
    context : Context
    chosen : Path
        Gets ".pdf" where it ends with neither suffix; such a name nobody was asked about, so
        a file of it is not replaced.
    """
    session = context.session
    if session.volume is None or session.labels is None:
        return
    if session.is_painting:
        context.window.say("Finish the stroke first, then make the report")
        return
    is_named = chosen.suffix.lower() in SUFFIXES
    path = chosen if is_named else chosen.with_name(chosen.name + SUFFIXES[0])
    source, moment = session.volume.source, session.labels.snapshot()
    case_id = "" if session.case is None else session.case.case_id
    name, answers = scan_name(source, case_id), session.marks.answers
    wanted = Wanted(session.volume, name, _authorship(context), answers)
    opened = context.window.saving.opened_from
    protected = (source.path, *([] if opened is None else [opened]))

    def work(task: Task) -> Written:
        labels = moment.labels()
        return make_report(
            wanted,
            labels,
            path,
            usual_paper(),
            overwrite=is_named,
            protected=protected,
            task=task,
        )

    def done(written: Written) -> None:
        context.window.notices.close_notice("error")
        _tell(context, written)

    context.jobs.start(Job(f"Report {path.name}", KEY, work, done))


class _Authorship:
    """What a worker needs to tell who made the labels of one moment."""

    def __init__(self, session: Session, store: CaseStore, file: str | None, reader: str) -> None:
        self._spent: Spent = session.effort.spent(session.history.count)
        is_alone = session.second_reader  # a second reading is nobody else's work
        self._accepted: Accepted | None = None if is_alone else session.accepted
        self._case: Case | None = None if is_alone else session.case
        self._store, self._file, self._reader = store, file, reader

    def __call__(self, labels: LabelMap) -> Facts:
        array, voxel_ml = labels.array, labels.geometry.voxel_ml
        if self._case is not None:
            told = by_case(
                self._store, self._case, array, self._accepted, self._spent, self._reader
            )
            if told is not None:
                return told
        if self._accepted is not None:
            others = f"{self._reader} or {self._file}" if self._file else self._reader
            return by_session(array, self._accepted, self._spent, others, voxel_ml)
        return by_hand(self._spent.painted(array.shape), array, self._file, self._reader)


def _authorship(context: Context) -> _Authorship:
    session, opened = context.session, context.window.saving.opened_from
    assert session.volume is not None
    file: str | None = None
    if opened is not None:  # a label map may be called as the patient its series is of
        file = "a file" if session.volume.source.format == "DICOM" else opened.name
    reader = context.settings[NAME] or "this program's user"
    return _Authorship(session, context.window.casework.store, file, reader)


def _tell(context: Context, written: Written) -> None:
    show = partial(_show, written.path)
    context.window.notify(
        Notice(
            KEY,
            "done",
            written.summary(),
            (("Open", show), ("Show in folder", partial(_show, written.path.parent))),
            ends_with=What.LABELS,
        )
    )


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
