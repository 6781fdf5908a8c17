"""In which form labels leave, and what of the patient goes with them: one question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

from kidview.core.volume import Source
from kidview.io import EXPORTS, Choices, Disguise, Export, Maker, MakerKind
from kidview.session.reporting import measured
from kidview.ui.caret import caret
from kidview.ui.dialogs.question import Question
from kidview.ui.pieces import text

_FIELD_PX = 256
_WHY = "Every file is read back and compared before it is in place. The scan is never touched."
_MAKERS: tuple[tuple[MakerKind, str], ...] = (
    ("MANUAL", "By hand"),
    ("SEMIAUTOMATIC", "Network or tool, corrected"),
    ("AUTOMATIC", "Network alone"),
)
_NAMED, _KEEPS_UIDS, _DISGUISED = range(3)
_PATIENT = ("Named as in the series", "Taken out, image numbers stay", "Taken out with them")
_PATIENT_TOLD = (
    "The file names the patient as the series does: for the archive it came from.",
    "Name, dates and places are taken out (PS3.15); it still fits the archive's series.",
    "Name, dates, places and image numbers are taken out (PS3.15, basic profile).",
)


@dataclass(frozen=True)
class ExportPlan:
    """What was chosen."""

    row: Export
    choices: Choices


class ExportDialog(Question):
    """Asks for an ExportPlan.

    Parameters
    ----------
    window : QWidget
    source : Source
        Of the scan; forms that need a DICOM series are greyed without one.
    maker : Maker
        Who made the labels, as far as the window knows.
    case_id : str
        Of the open case, "" without one: from a case patients leave without their names.
    then : callable
        Gets the plan; not called when the dialog is cancelled.
    """

    def __init__(
        self,
        window: QWidget,
        source: Source,
        maker: Maker,
        case_id: str,
        then: Callable[[ExportPlan], object],
    ) -> None:
        super().__init__(window, "Export labels", _WHY, "Choose a file…")
        self._maker, self._case_id, self._then = maker, case_id, then
        self.form = _choice("Form", tuple(row.title for row in EXPORTS))
        model = cast(QStandardItemModel, self.form.model())
        reasons = [row.why_not(source) for row in EXPORTS]
        for n, why in enumerate(reasons):
            model.item(n).setEnabled(not why)
            self.form.setItemData(n, why, Qt.ItemDataRole.ToolTipRole)
        self.form.setCurrentIndex(reasons.index(""))
        self.segments = _choice("Segments", ("One a label", "One a kidney and a lesion"))
        self.made = _choice("Made", tuple(title for _, title in _MAKERS))
        self.made.setCurrentIndex([kind for kind, _ in _MAKERS].index(maker.kind))
        self.patient = _choice("Patient", _PATIENT)
        self.patient.setCurrentIndex(_DISGUISED if case_id else _NAMED)
        self.told = text("", "secondary")
        self.told.setWordWrap(True)
        for field in (self.form, self.segments, self.made, self.patient):
            self.add_field(field, _FIELD_PX)
            field.currentIndexChanged.connect(self._tell)
        self.fields.addWidget(self.told)
        self._tell()

    @property
    def row(self) -> Export:
        """The form chosen now."""
        return EXPORTS[self.form.currentIndex()]

    @property
    def plan(self) -> ExportPlan:
        """What is chosen now."""
        maker = self._maker
        kind = _MAKERS[self.made.currentIndex()][0]
        if kind != maker.kind:
            maker = replace(maker, kind=kind)
        choices = Choices(maker, self.segments.currentIndex() == 1, measure=measured)
        patient = self.patient.currentIndex()
        if self.row.is_dicom and patient != _NAMED:
            disguise = Disguise(pseudonym=self._case_id, keeps_uids=patient == _KEEPS_UIDS)
            choices = replace(choices, disguise=disguise)
        return ExportPlan(self.row, choices)

    def accept(self) -> None:
        """Go on with what was chosen."""
        plan = self.plan
        super().accept()
        self._then(plan)

    def _tell(self) -> None:
        for field in (self.segments, self.made, self.patient):
            field.setEnabled(self.row.is_dicom)
        if self.row.is_dicom:
            two = "Two files: the report, and the SEG it tells of. " * (self.row.key == "report")
            self.told.setText(two + _PATIENT_TOLD[self.patient.currentIndex()])
        elif self.row.is_lossless:
            self.told.setText("A label map on the scan's own grid, with nothing of the patient.")
        else:
            self.told.setText("One closed surface a label, LPS mm, within 1 % of its volume.")


def _choice(name: str, titles: tuple[str, ...]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.addItems(list(titles))
    caret(box)
    return box
