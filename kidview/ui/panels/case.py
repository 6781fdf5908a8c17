"""CASE: what is open, its grid, what is odd about it, which network spoke, what is saved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from kidview.core.geometry import Geometry
from kidview.segment import Proposal
from kidview.session import Change, Session, What
from kidview.ui.context import Context
from kidview.ui.pieces import Elided, text

_FIELDS = ("File", "Series", "Grid", "Spacing", "Notes", "Network", "Labels")
_NAME_PX = 56


class CasePanel(QWidget):
    """Name and value, one line each; lines without a value are left out."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._session = context, context.session
        self._network = ""  # who made the last proposal; stays when it is accepted
        self._rows: dict[str, QWidget] = {}
        self._values: dict[str, QLabel] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 0)
        column.setSpacing(4)
        for name in _FIELDS:
            self._rows[name], self._values[name] = _row(name)
            column.addWidget(self._rows[name])
        context.session.changed.connect(self._on_change)

    def value(self, name: str) -> str:
        """What a line says now."""
        return self._values[name].text()

    def _on_change(self, change: Change) -> None:
        proposal = self._session.proposal
        if proposal is not None:
            self._network = network_in_words(proposal)
        elif change.what & What.CASE:
            self._network = ""
        if change.what & (What.CASE | What.RECORD | What.PROPOSAL | What.HISTORY):
            self.refresh()

    def refresh(self) -> None:
        """Tell the state of now."""
        volume = self._session.volume
        if volume is None:
            return
        source = volume.source
        saving = self._context.window.saving
        values = {
            "File": "" if _is_stored(self._session) else source.path.name,
            "Series": "" if source.title == source.path.name else source.title,
            "Grid": " × ".join(str(n) for n in reversed(volume.geometry.shape_zyx)),
            "Spacing": spacing_in_words(volume.geometry),
            "Notes": "\n".join(note.text for note in source.notes),
            "Network": self._network,
            "Labels": saving.state_in_words(),
        }
        for name, words in values.items():
            self._values[name].setText(words)
            self._rows[name].setVisible(bool(words))


def _is_stored(session: Session) -> bool:
    """Whether the scan was read from its case, where the file's name says nothing."""
    case, volume = session.case, session.volume
    return (
        case is not None and volume is not None and volume.source.path.parent.name == case.case_id
    )


def _row(name: str) -> tuple[QWidget, QLabel]:
    """A line and the label for its value."""
    box = QWidget()
    title = text(name, "secondary")
    title.setFixedWidth(_NAME_PX)
    value = Elided() if name in ("File", "Series") else text()
    value.setWordWrap(not isinstance(value, Elided))
    value.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(title, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(value, 1)
    return box, value


def network_in_words(proposal: Proposal) -> str:
    """Which network, on what, how long: "kidney · CPU · 41 s"."""
    return f"{proposal.model} · {proposal.provider} · {proposal.elapsed_s:.0f} s"


def spacing_in_words(geometry: Geometry) -> str:
    """As radiologists say it, in plane first: "0.78 × 0.78 × 3.0 mm"."""
    z, y, x = geometry.spacing_zyx
    return f"{x:.2f} × {y:.2f} × {z:.2f} mm"
