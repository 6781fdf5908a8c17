"""RENAL and PADUA of the tumour in hand: they unfold into parts, and ask what no label shows."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from kidview.measure import Measured, Value
from kidview.measure.score import Score
from kidview.ui.answering import QUESTIONS, Answer, answer, evidence_id, given, show_part
from kidview.ui.caliper_item import Evidence
from kidview.ui.context import Context
from kidview.ui.findings import Findings
from kidview.ui.icons import tinted
from kidview.ui.panels.score_part import Part
from kidview.ui.pieces import role, text
from kidview.ui.theme import Theme

SYSTEMS = {"renal_score": "RENAL", "padua_score": "PADUA"}
"""Rows of `MEASURES` that are shown here."""


class ScoresPanel(QWidget):
    """Both scores; hidden while no tumour is in hand.

    Parameters
    ----------
    context : Context
    findings : Findings

    Attributes
    ----------
    boxes : dict of ScoreBox
        By "RENAL" and "PADUA".
    """

    def __init__(self, context: Context, findings: Findings) -> None:
        super().__init__()
        self._findings = findings
        theme = context.theme
        self.boxes = {each: ScoreBox(theme, each, findings) for each in SYSTEMS.values()}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for box in self.boxes.values():
            column.addWidget(box)
        findings.changed.connect(self._show)
        findings.pointed.connect(self._mark)
        self._show(findings)

    def _show(self, findings: Findings) -> None:
        one = findings.one
        is_tumour = one is not None and one.facts["kind"] == "tumour"
        self.setVisible(is_tumour)
        if one is not None and is_tumour:
            for row, system in SYSTEMS.items():
                self.boxes[system].show_value(one, one.values[row])
        self._mark(findings.evidence)

    def _mark(self, evidence: Evidence | None) -> None:
        for box in self.boxes.values():
            box.mark(evidence)


class ScoreBox(QWidget):
    """A score's sum, which unfolds into its parts.

    Attributes
    ----------
    head : QToolButton
    code, words : QLabel
        "8-9p", and what class that is.
    parts : dict of Part
        By the component's key; empty until a score has come.
    """

    def __init__(self, theme: Theme, system: str, findings: Findings) -> None:
        super().__init__()
        self._theme, self._system, self._findings = theme, system, findings
        self._of: Measured | None = None
        self._score: Score | None = None
        self._is_open = False
        self.parts: dict[str, Part] = {}
        self._inside = QWidget()
        self._inside.hide()
        self.head, self.code = self._made_head(), text("")
        row = QHBoxLayout(self.head)
        row.setContentsMargins(0, 0, 16, 0)
        row.addStretch()
        row.addWidget(self.code)
        self.words = text("", "secondary")
        self.words.setWordWrap(True)
        self.words.setContentsMargins(26, 0, 16, 4)
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 4)
        self._column.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for piece in (self.head, self.words, self._inside):
            column.addWidget(piece)

    @property
    def is_folded(self) -> bool:
        """Whether only the sum is wanted; parts show once they are known."""
        return not self._is_open

    def show_value(self, of: Measured, value: Value) -> None:
        """The score of another lesion, or another score of it."""
        self._of, self._score = of, value.score
        score = value.score
        self.code.setText("…" if score is None else score.code)
        words = value.reason if score is None else _summed(score)
        self.words.setText(words)
        self.head.setAccessibleName(f"{self._system} score {self.code.text()}, {words}")
        self._inside.setVisible(self._is_open and score is not None)
        for part in () if score is None else score.components:
            if part.key not in self.parts:
                self.parts[part.key] = self._made_part(part.key)
            said = given(self._findings, of.name)
            self.parts[part.key].show_part(part, said)
        self._draw()

    def mark(self, evidence: Evidence | None) -> None:
        """Mark the part whose points the views draw."""
        for key, shown in self.parts.items():
            is_it = False
            if evidence is not None and self._of is not None and self._score is not None:
                id = evidence_id(self._score, self._score[key])
                is_it = (evidence.of, evidence.measure) == (self._of.name, id)
            shown.mark(is_it)

    def _made_head(self) -> QToolButton:
        head = QToolButton()
        role(head, "header")
        head.setText(f"{self._system} score")
        head.setToolTip("Show the parts it is made of")
        head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        head.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        head.clicked.connect(self._toggle)
        self._draw = tinted(
            head,
            self._theme,
            lambda: "ph.caret-right" if self.is_folded else "ph.caret-down",
            "secondary",
        )
        head.setIconSize(QSize(12, 12))
        return head

    def _toggle(self) -> None:
        self._is_open = not self._is_open
        self._inside.setVisible(self._is_open and self._score is not None)
        self._draw()

    def _made_part(self, key: str) -> Part:
        part = Part(self._theme, QUESTIONS.get((self._system, key)))
        part.asked_for.connect(lambda: self._point_out(key))
        part.answered.connect(lambda value: self._answer(key, value))
        part.limited.connect(self._findings.say)
        self._column.addWidget(part)
        return part

    def _point_out(self, key: str) -> None:
        if self._of is not None and self._score is not None:
            show_part(self._findings, self._of, self._score, self._score[key])

    def _answer(self, key: str, value: Answer | None) -> None:
        if self._of is not None:
            answer(self._findings, self._of.name, QUESTIONS[self._system, key].field, value)


def _summed(score: Score) -> str:
    words = f"{' or '.join(score.complexity)} complexity"
    asked = len(score.questions)
    return f"{words}; {asked} {'question' if asked == 1 else 'questions'}" if asked else words
