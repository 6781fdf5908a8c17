"""Adding a scan otherwise than by default: who the patient is, and whether the scan is copied."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QVBoxLayout

from kidview.cases import refuse_reference
from kidview.core.task import Job
from kidview.core.volume import Volume
from kidview.io import patient_key
from kidview.ui.context import Context
from kidview.ui.dialogs.question import Question
from kidview.ui.pieces import push_button, text
from kidview.ui.worklist.keeping import Way

_KEY = "may refer"


class AddDialog(Question):
    """A line for the patient and a choice about the copy; as it opens it is what one click does.

    Parameters
    ----------
    context : Context
    volume : Volume
    then : callable
        Gets the way; not called when the dialog is cancelled.
    """

    def __init__(self, context: Context, volume: Volume, then: Callable[[Way], object]) -> None:
        super().__init__(
            context.window,
            "Add this scan to the cases",
            "The store keeps voxels, where they lie, and a pseudonym; no name goes into it.",
            "Add",
        )
        self._then = then
        self.fields.setSpacing(16)
        self.patient = QLineEdit()
        self.patient.setAccessibleName("Patient")
        self.patient.setMaxLength(200)
        self._why_patient, self._why_refer = text("", "secondary"), text("", "secondary")
        self.copy = push_button("Copy it", lambda: None, "chip")
        self.refer = push_button("Leave it where it lies", lambda: None, "chip")
        group = QButtonGroup(self)
        choices = QHBoxLayout()
        choices.setSpacing(4)
        for button in (self.copy, self.refer):
            button.setCheckable(True)
            group.addButton(button)
            choices.addWidget(button)
        choices.addStretch()
        self.copy.setChecked(True)
        self.refer.setEnabled(False)
        for title, field, why in (
            ("Patient", self.patient, self._why_patient),
            ("Scan", choices, self._why_refer),
        ):
            why.setWordWrap(True)
            block = QVBoxLayout()
            block.setSpacing(4)
            block.addWidget(text(title))
            block.addLayout(field) if isinstance(field, QHBoxLayout) else block.addWidget(field)
            block.addWidget(why)
            self.fields.addLayout(block)
        self._show_patient(is_told=bool(patient_key(volume.source)))
        self._ask_whether_it_may_stay(context, volume)

    def accept(self) -> None:
        """Go on with what was chosen."""
        super().accept()
        self._then(Way(self.refer.isChecked(), self.patient.text().strip()))

    def _show_patient(self, *, is_told: bool) -> None:
        self.patient.setEnabled(not is_told)
        if is_told:
            self.ok.setFocus()
            self._why_patient.setText("The scan tells itself whose it is.")
            return
        self.patient.setFocus()
        self.patient.setPlaceholderText("Number, name, or P-… of the list")
        self._why_patient.setText(
            "The same for all scans of a patient. It is hidden under the store's key and not "
            "kept. Left empty, the scan counts as a patient of its own."
        )

    def _ask_whether_it_may_stay(self, context: Context, volume: Volume) -> None:
        """Looking at a file takes its time on a slow disk, so a worker does."""
        self._why_refer.setText("Looking whether it can stay where it lies…")

        def may(_none: None) -> None:
            self.refer.setEnabled(True)
            self._why_refer.setText(
                "A scan that stays saves its room, but the case needs that file: do not move, "
                "rename or change it."
            )

        def may_not(error: Exception) -> None:
            self._why_refer.setText("Only a scan in one file of its own can stay where it lies.")

        context.jobs.start(
            Job(
                "Look at the scan's file",
                _KEY,
                lambda task: refuse_reference(volume),
                may,
                may_not,
                is_quiet=True,
            )
        )
        self.finished.connect(lambda: context.jobs.cancel(_KEY))
