"""The bar under the views: what the network proposes or a tool would do, accept or discard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout

from kidview.core.labels import LABELS
from kidview.session import Change, What
from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.panels.case import network_in_words
from kidview.ui.pieces import Elided, push_button, text
from kidview.ui.telling import gained_in_words, in_ml, slices_in_words

_SIGNS = {"Return": "⏎", "Shift+Return": "⇧⏎"}


class ProposalBar(QFrame):
    """Shown exactly while a proposal or a draft waits."""

    def __init__(self, context: Context, commands: Commands) -> None:
        super().__init__()
        self._context, self._session = context, context.session
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(45)
        self.summary = text("", "case")
        self.origin = Elided("", "secondary")
        self._commands = commands
        self.accept = push_button("", commands["segment.accept"].trigger, "primary")
        commands.tell_key("segment.accept", self.accept, "Make it the labels; locked labels stay")
        self.add = push_button("", commands["segment.add"].trigger)
        commands.tell_key("segment.add", self.add, "Fill only what has no label yet")
        self.discard = push_button("", commands["segment.discard"].trigger)
        commands.tell_key("segment.discard", self.discard, "Forget it")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self.summary)
        row.addWidget(self.origin, 1)
        row.addStretch()
        row.addWidget(self.discard)
        row.addWidget(self.add)
        row.addWidget(self.accept)
        context.session.changed.connect(self._on_change)
        self.hide()

    def _on_change(self, change: Change) -> None:
        if not change.what & (What.PROPOSAL | What.DRAFT):
            return
        self.add.setText(self._with_key("Keep mine, add", "segment.add"))
        self.discard.setText(self._with_key("Discard", "segment.discard"))
        proposal, draft = self._session.proposal, self._session.draft
        if draft is not None and draft.is_hint:
            draft = None
        if proposal is not None:
            self.summary.setText(proposal.summary())
            replaced = self._replaced()
            words = f"replaces {', '.join(replaced)} · " if replaced else ""
            self.origin.setText(words + network_in_words(proposal))
            words = "Replace mine" if replaced else "Accept"
            self.accept.setText(self._with_key(words, "segment.accept"))
            self.add.setVisible(bool(replaced))
        elif draft is not None and self._session.volume is not None:
            self.summary.setText(draft.title)
            voxel_ml = self._session.volume.geometry.voxel_ml
            gained = gained_in_words(draft.gained, voxel_ml)
            self.origin.setText(f"{gained} · {slices_in_words(draft.slices, draft.axis)}")
            self.accept.setText(self._with_key("Apply", "segment.accept"))
            self.add.setVisible(False)
        self.setVisible(proposal is not None or draft is not None)

    def _with_key(self, words: str, id: str) -> str:
        """ "Accept  ⏎"."""
        key = self._commands.shown_key(id)
        return f"{words}  {_SIGNS.get(key, key)}".rstrip()

    def _replaced(self) -> list[str]:
        """Labels that are there and would go: "tumour 40.8 mL"."""
        volumes, locked = self._context.window.side.labels.volumes, self._session.guard.locked
        there = {row: volumes.volume_ml(row.id) for row in LABELS if row.id not in locked}
        return [f"{row.name} {in_ml(ml)}" for row, ml in there.items() if ml]
