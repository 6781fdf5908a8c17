"""The bar under the views: what the network proposes, accept or discard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout

from kidview.core.labels import LABELS
from kidview.session import Change, What
from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.panels.case import network_in_words
from kidview.ui.pieces import Elided, push_button, text
from kidview.ui.telling import in_ml

_ACCEPT = "Accept  ⏎"


class ProposalBar(QFrame):
    """Shown exactly while a proposal waits."""

    def __init__(self, context: Context, commands: Commands) -> None:
        super().__init__()
        self._context, self._session = context, context.session
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(45)
        self.summary = text("", "case")
        self.origin = Elided("", "secondary")
        self.accept = push_button(_ACCEPT, commands["segment.accept"].trigger, "primary")
        self.accept.setToolTip("Make the proposal the labels; locked labels stay (Enter)")
        self.add = push_button("Keep mine, add  ⇧⏎", commands["segment.add"].trigger)
        self.add.setToolTip("Fill only what has no label yet (Shift+Enter)")
        discard = push_button("Discard  Esc", commands["segment.discard"].trigger)
        discard.setToolTip("Forget the proposal (Esc)")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self.summary)
        row.addWidget(self.origin, 1)
        row.addStretch()
        row.addWidget(discard)
        row.addWidget(self.add)
        row.addWidget(self.accept)
        context.session.changed.connect(self._on_change)
        self.hide()

    def _on_change(self, change: Change) -> None:
        if not change.what & What.PROPOSAL:
            return
        proposal = self._session.proposal
        if proposal is not None:
            self.summary.setText(proposal.summary())
            replaced = self._replaced()
            words = f"replaces {', '.join(replaced)} · " if replaced else ""
            self.origin.setText(words + network_in_words(proposal))
            self.accept.setText("Replace mine  ⏎" if replaced else _ACCEPT)
            self.add.setVisible(bool(replaced))
        self.setVisible(proposal is not None)

    def _replaced(self) -> list[str]:
        """Labels that are there and would go: "tumour 40.8 mL"."""
        volumes, locked = self._context.window.side.labels.volumes, self._session.guard.locked
        there = {row: volumes.volume_ml(row.id) for row in LABELS if row.id not in locked}
        return [f"{row.name} {in_ml(ml)}" for row, ml in there.items() if ml]
