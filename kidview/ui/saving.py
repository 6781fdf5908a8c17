"""Exporting the labels: where to, whether over something, and what was written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox

from kidview.core.errors import WriteError
from kidview.core.task import Job
from kidview.core.volume import Volume
from kidview.io import FORMATS, Receipt, write_labels
from kidview.session import Session, What
from kidview.ui.context import Context
from kidview.ui.notice import Notice
from kidview.ui.telling import open_name

WRITTEN = [suffix for row in FORMATS for suffix in row.is_written]
_SUFFIXES = (*(suffix for row in FORMATS for suffix in row.suffixes), ".zip", ".dcm")


class Saving:
    """The export of one window.

    Attributes
    ----------
    target : Path or None
        The file the next Ctrl+S writes; None asks for one.
    opened_from : Path or None
        The label map the labels came from, were they opened from one.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.target: Path | None = None
        self.opened_from: Path | None = None

    @property
    def _session(self) -> Session:
        return self._context.session

    def forget(self) -> None:
        """Another scan is open: the next save asks for a name."""
        self.target = self.opened_from = None

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Write to the file saved last, else ask for one; `then` runs after it is written."""
        self._decide_proposal(lambda: self._save(then))

    def _save(self, then: Callable[[], object] | None) -> None:
        if self._session.case is not None:
            self._context.window.casework.save(then)
        elif self.target is None:
            self._ask_name(then)
        else:
            self._write(self.target, then)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        """Ask for a name."""
        self._decide_proposal(lambda: self._ask_name(then))

    def _ask_name(self, then: Callable[[], object] | None) -> None:
        volume = self._session.volume
        if volume is None:
            return
        dialog = QFileDialog(self._context.window, "Save labels")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # The suffix may still be completed, so `write_to` asks about the final name.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        filters = [f"{row.name} (*{s})" for row in FORMATS for s in row.is_written]
        dialog.setNameFilters(filters)
        proposed = self.target or self._proposed(volume)
        dialog.setDirectory(str(proposed.parent))
        dialog.selectFile(proposed.name)
        dialog.fileSelected.connect(lambda name: self.write_to(Path(name), then))
        dialog.open()

    def _proposed(self, volume: Volume) -> Path:
        """Beside the scan, but never inside the case store."""
        case = self._session.case
        if case is None or not case.image.file:
            return proposed_target(volume.source.path)
        return Path.home() / f"{case.case_id}_labels.nii.gz"

    def write_to(self, path: Path, then: Callable[[], object] | None = None) -> None:
        """Take a name over and write; asks before it overwrites a file."""
        if not path.name.lower().endswith(tuple(WRITTEN)):
            path = path.with_name(path.name + ".nii.gz")
        volume = self._session.volume
        if volume is not None and path.absolute() == volume.source.path.absolute():
            raise WriteError(
                f"{path.name} is the scan itself", "choose another name for the labels"
            )
        if path.exists() and path != self.target:
            self._ask_overwrite(path, then)
        else:
            self._write(path, then)

    def _ask_overwrite(self, path: Path, then: Callable[[], object] | None) -> None:
        box = self._box("Overwrite?", f"{path.name} exists already.")
        over = box.addButton("Overwrite", QMessageBox.ButtonRole.DestructiveRole)
        over.clicked.connect(lambda _checked=False: self._write(path, then))
        other = box.addButton("Other name…", QMessageBox.ButtonRole.ActionRole)
        other.clicked.connect(lambda _checked=False: self.save_as(then))
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.open()

    def _box(self, title: str, words: str) -> QMessageBox:
        box = QMessageBox(self._context.window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(title)
        box.setText(words)
        return box

    def _write(self, path: Path, then: Callable[[], object] | None) -> None:
        volume, labels = self._session.volume, self._session.labels
        if volume is None or labels is None:
            return
        if self._session.is_painting:
            self._context.window.say("Finish the stroke first, then save")
            return
        source, moment = volume.source, labels.snapshot()
        state = self._session.history.state

        def done(receipt: Receipt) -> None:
            if self._session.labels is labels:
                self.target = path
                if self._session.case is None:  # else it is the case that counts
                    self._session.mark_saved(state)
                self._context.window.side.case.refresh()
            self._context.window.notices.close_notice("error")
            self._tell(receipt)
            if then is not None:
                then()

        self._context.jobs.start(
            Job(
                f"Save {path.name}",
                "save",
                lambda task: write_labels(moment.labels(), source, path, overwrite=True, task=task),
                done,
            )
        )

    def _tell(self, receipt: Receipt) -> None:
        folder = QUrl.fromLocalFile(str(receipt.path.parent))
        self._context.window.notify(
            Notice(
                "save",
                "done",
                receipt.summary(),
                (
                    ("Show in folder", lambda: QDesktopServices.openUrl(folder)),
                    ("Copy receipt", lambda: QGuiApplication.clipboard().setText(str(receipt))),
                ),
                ends_with=What.LABELS,
            )
        )

    def ask_first(self, then: Callable[[], object]) -> None:
        """Run `then`, after decisions about a waiting proposal and about unsaved labels."""
        self._decide_proposal(lambda: self._ask_note(lambda: self._ask_unsaved(then)))

    def once_decided(self, then: Callable[[], object]) -> None:
        """Run `then` once no proposal waits."""
        self._decide_proposal(then)

    def _decide_proposal(self, then: Callable[[], object]) -> None:
        """Run `then` once no proposal waits; a proposal is lost or saved knowingly only."""
        proposal = self._session.proposal
        if proposal is None:
            then()
            return
        box = self._box("A proposal waits", f"{proposal.summary()}: proposed, not yet accepted.")

        def decided(accept: bool) -> None:
            if accept:
                self._session.accept()
            else:
                self._session.discard()
            then()

        yes = box.addButton("Accept", QMessageBox.ButtonRole.AcceptRole)
        yes.clicked.connect(lambda _checked=False: decided(True))
        no = box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
        no.clicked.connect(lambda _checked=False: decided(False))
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(yes)
        box.open()

    def _ask_note(self, then: Callable[[], object]) -> None:
        """Run `then` once no note is half written."""
        notes, case = self._context.window.right.card.notes, self._session.case
        if case is None or not notes.is_dirty:
            then()
            return
        box = self._box("Unsaved note", f"{case.case_id}: the note you wrote is not saved.")
        save = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
        save.clicked.connect(lambda _checked=False: notes.save(then))
        drop = box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
        drop.clicked.connect(lambda _checked=False: notes.cancel(then))
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save)
        box.open()

    def _ask_unsaved(self, then: Callable[[], object]) -> None:
        if not self._session.is_dirty:
            then()
            return
        box = self._box("Unsaved labels", self._unsaved_in_words())
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)

        def decided(chosen: int) -> None:
            if chosen == button.Save:
                self.save(then)
            elif chosen == button.Discard:
                self._context.window.recovery.give_up()
                then()

        box.finished.connect(decided)
        box.open()

    def _unsaved_in_words(self) -> str:
        """ "kits.nii.gz: labels have changes that were not saved. Last: Brush, tumour." """
        name, last = open_name(self._session), self._session.history.undo_title
        place = "" if self._session.case is None else " in the case"
        if self._session.second_reader:
            place = " as your reading"
        words = f"{name}: labels have changes that were not saved{place}."
        return f"{words} Last: {last}." if last is not None else words

    def state_in_words(self) -> str:
        """Whether the labels are on disk."""
        history = self._session.history
        if self._session.refusal is not None:
            return "read only: open in another window"
        if self._session.is_dirty:
            return "changed, not saved"
        if self._session.second_reader:
            return "kept as your reading" if history.position > 0 else "as opened"
        if self._session.case is not None:
            return "saved in the case" if history.position > 0 else "as in the case"
        if self.target is not None:
            return f"saved as {self.target.name}"
        if self.opened_from is not None and history.position > 0:
            return f"as in {self.opened_from.name}"
        return "as opened"


def proposed_target(source: Path) -> Path:
    """<case>_labels.nii.gz beside the source where one may write, else in the home folder."""
    name = source.name
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
            break
    folder = source.parent if source.exists() and _is_writable(source.parent) else Path.home()
    return folder / f"{name}_labels.nii.gz"


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK)
