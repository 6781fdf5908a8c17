"""How well the readers of the open case agree, as a small table on its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from kidview.cases import Agreement, Case, Pair, agreement_of, readings_of
from kidview.core.errors import KidViewError
from kidview.core.task import Job
from kidview.session import Change, What
from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.pieces import Elided, push_button, text
from kidview.ui.telling import in_ml

SETTING = "has_agreement"
_JOB = "agreement"
_MOST_ROWS, _NUMBER_PX = 6, 46
_CLASSES = {
    "kidney_and_mass": ("Kidney", "Dice of kidney and masses together"),
    "mass": ("Masses", "Dice of tumours and cysts together"),
    "tumour": ("Tumour", "Dice of tumours"),
}


def can_compare(context: Context) -> bool:
    """Whether the open case has two readings, and nobody reads it blind."""
    session = context.session
    is_blind = bool(session.second_reader)
    return session.case is not None and not is_blind and len(readings_of(session.case)) > 1


class AgreementTable(QWidget):
    """A row for each pair of readers, the least alike first; computed in a job."""

    def __init__(self, context: Context, commands: Commands) -> None:
        super().__init__()
        self._context, self._consensus = context, commands["cases.consensus"]
        self._compared: object = None  # which masks the table is of, or will be
        self.words = text("", "secondary")
        self.words.setWordWrap(True)
        self.rows: list[tuple[str, ...]] = []
        self._table = QWidget()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(self._table)
        self._column.addWidget(self.words)
        self.make = push_button("Make a consensus…", self._consensus.trigger, "link")
        self._column.addWidget(self.make, 0, Qt.AlignmentFlag.AlignLeft)
        self._consensus.changed.connect(self._show_button)
        self._show_button()
        context.session.changed.connect(self._on_change)
        context.settings.changed.connect(lambda id: self.refresh() if id == SETTING else None)
        self.refresh()

    def _on_change(self, change: Change) -> None:
        if change.what & (What.RECORD | What.CASE):
            self.refresh()

    def _show_button(self) -> None:
        self.make.setVisible(self._consensus.isEnabled())
        self.make.setToolTip(self._consensus.toolTip())

    def refresh(self) -> None:
        """Show the table if it is wanted, comparing masks that were not compared yet."""
        case = self._context.session.case
        is_wanted = bool(self._context.settings[SETTING]) and can_compare(self._context)
        self.setVisible(is_wanted)
        if not is_wanted or case is None:
            self._compared = None
            self._context.jobs.cancel(_JOB)
            return
        masks = (case.case_id, readings_of(case))
        if masks != self._compared:
            self._compared = masks
            self._compare(case, masks)

    def _compare(self, case: Case, masks: object) -> None:
        store = self._context.window.casework.store
        self._say("Comparing the readers…")

        def done(found: Agreement) -> None:
            if self._compared == masks:
                self._show(found)

        def failed(error: Exception) -> None:
            if self._compared == masks:
                told = error.what if isinstance(error, KidViewError) else type(error).__name__
                self._say(f"The readers cannot be compared: {told}.")

        self._context.jobs.start(
            Job(
                "Compare the readers",
                _JOB,
                lambda task: agreement_of(store, case, task),
                done,
                failed,
                is_quiet=True,
            )
        )

    def _say(self, words: str) -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.rows = []
        self._table.hide()

    def _show(self, found: Agreement) -> None:
        ordered = sorted(found.pairs, key=lambda pair: sum(pair.dice.values()))
        left = len(ordered) - _MOST_ROWS
        self._say(f"{left} more pairs agree better than these." if left > 0 else "")
        old, self._table = self._table, QWidget()
        grid = QGridLayout(self._table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        grid.addWidget(text("Agreement, Dice", "section"), 0, 0)
        for x, (title, tip) in enumerate(_CLASSES.values(), start=1):
            head = _number(title)
            head.setToolTip(tip)
            grid.addWidget(head, 0, x)
        short = short_names(list(found.volumes_ml))
        for y, pair in enumerate(ordered[:_MOST_ROWS], start=1):
            self._add_row(grid, y, f"{short[pair.one]} – {short[pair.other]}", pair, found)
        self._column.replaceWidget(old, self._table)
        old.deleteLater()
        self._table.show()

    def _add_row(self, grid: QGridLayout, y: int, names: str, pair: Pair, found: Agreement) -> None:
        numbers = [f"{pair.dice[hec]:.3f}" for hec in _CLASSES]
        tip = "\n".join(
            f"{name}: {volumes_in_words(found.volumes_ml[name])}" for name in (pair.one, pair.other)
        )
        who = Elided(names)
        who.setToolTip(tip)
        grid.addWidget(who, y, 0)
        for x, number in enumerate(numbers, start=1):
            label = _number(number, "")
            label.setToolTip(tip)
            grid.addWidget(label, y, x)
        self.rows.append((names, *numbers))


def _number(words: str, look: str = "secondary") -> QLabel:
    label = text(words, look)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setFixedWidth(_NUMBER_PX)
    return label


def short_names(names: Sequence[str]) -> dict[str, str]:
    """First names where they tell the readers apart; a mask of several keeps all of theirs."""
    short = {name: name if "," in name else name.split()[0] for name in names}
    return short if len(set(short.values())) == len(short) else {name: name for name in names}


def volumes_in_words(volumes_ml: Mapping[str, float]) -> str:
    """ "kidney 331 mL, tumour 36.8 mL, cyst none"."""
    return ", ".join(
        f"{label} {in_ml(volume) if volume > 0 else 'none'}" for label, volume in volumes_ml.items()
    )
