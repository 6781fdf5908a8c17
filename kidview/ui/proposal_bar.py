"""The bar under the views: what the network proposes, accept or discard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout

from kidview.session import Change, What
from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.panels.case import network_in_words
from kidview.ui.pieces import Elided, push_button, text


class ProposalBar(QFrame):
    """Shown exactly while a proposal waits."""

    def __init__(self, context: Context, commands: Commands) -> None:
        super().__init__()
        self._session = context.session
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(45)
        self.summary = text("", "case")
        self.origin = Elided("", "secondary")
        accept = push_button("Accept  ⏎", commands["segment.accept"].trigger, "primary")
        accept.setToolTip("Make the proposal the labels (Enter)")
        discard = push_button("Discard  Esc", commands["segment.discard"].trigger)
        discard.setToolTip("Forget the proposal (Esc)")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self.summary)
        row.addWidget(self.origin, 1)
        row.addStretch()
        row.addWidget(discard)
        row.addWidget(accept)
        context.session.changed.connect(self._on_change)
        self.hide()

    def _on_change(self, change: Change) -> None:
        if not change.what & What.PROPOSAL:
            return
        proposal = self._session.proposal
        if proposal is not None:
            self.summary.setText(proposal.summary())
            self.origin.setText(network_in_words(proposal))
        self.setVisible(proposal is not None)
