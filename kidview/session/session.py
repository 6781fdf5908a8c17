"""The state of one window, and the only way to change it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kidview.cases import Author, Case, Marks
from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.event import Event
from kidview.core.labels import LABEL_NAMES, LabelMap
from kidview.core.types import Index
from kidview.core.uncertainty import Uncertainty
from kidview.core.volume import Volume
from kidview.edit import Draft, Edit, Guard, History, Stroke
from kidview.segment import Proposal
from kidview.session.accepted import Accepted, edit_of
from kidview.session.change import Change, What
from kidview.session.compared import Compared
from kidview.session.editable import why_not
from kidview.session.effort import Effort, Spent
from kidview.session.grid import check_grid
from kidview.session.outline import Outline
from kidview.session.past import Past
from kidview.session.scribbles import SEEDS, Scribbles
from kidview.session.view import ViewState


class Session:
    """One open scan with its labels, proposal, guard, history and view.

    Widgets call its methods; it calls its rooms and then emits one `Change`. No callback
    may change the Session while a Change is out.

    Attributes
    ----------
    changed : Event of Change
    volume : Volume or None
    labels : LabelMap or None
        None exactly when there is no volume.
    proposal : Proposal or None
        A network's result, neither accepted nor discarded.
    uncertainty : Uncertainty or None
        Of the network that outlined the open scan last.
    draft : Draft or None
        What a tool would change; dropped as soon as anything else changes labels.
    outline : Outline or None
        A line being drawn in a view.
    scribbles : Scribbles
        What a tool that grows from seeds goes by.
    marks : Marks
        What was measured, and places to come back to.
    compared : Compared or None
        Another mask of the open scan, shown beside the labels; nothing writes it.
    case : Case or None
        The open scan as the case store has it; None for a scan that is no case.
    second_reader : str
        Who reads the open case blind; "" while it is open as it stands.
    refusal : EditRefused or None
        Why nothing may be changed: another window has the scan.
    accepted : Accepted or None
        The proposal accepted last, until a case holds it.
    effort : Effort
        What people did to the labels since a case took them over.
    guard : Guard
    history : History
    view : ViewState
    """

    def __init__(self) -> None:
        self.changed: Event[Change] = Event()
        self.volume: Volume | None = None
        self.labels: LabelMap | None = None
        self.proposal: Proposal | None = None
        self.uncertainty: Uncertainty | None = None
        self.draft: Draft | None = None
        self.outline: Outline | None = None
        self.scribbles, self.marks = Scribbles((0, 0, 0)), Marks()
        self.compared: Compared | None = None
        self.case: Case | None = None
        self.second_reader = ""
        self.refusal: EditRefused | None = None
        self.accepted: Accepted | None = None
        self.effort = Effort()
        self.guard = Guard()
        self.history = History()
        self.view = ViewState()
        self._stroke: Stroke | None = None
        self._tool = ""
        self._author: Author | None = None
        self._saved_state = self.history.state
        self._is_emitting = False

    # -- case ---------------------------------------------------------------

    def open(
        self,
        volume: Volume,
        labels: LabelMap | None = None,
        case: Case | None = None,
        second_reader: str = "",
        past: Past | None = None,
    ) -> None:
        """Show a scan; `labels` must lie on its grid (checked), none means empty.

        With a `past` labels, history and effort are as it has them.
        """
        if past is not None:
            labels = past.labels
        if labels is not None:
            check_grid(volume, labels)
        centre = volume.geometry.centre_ras
        point = (float(centre[0]), float(centre[1]), float(centre[2]))
        self.volume = volume
        self.labels = labels or LabelMap.empty(volume.geometry)
        self.proposal, self.accepted, self._stroke = None, None, None
        self.draft, self.outline, self.uncertainty = None, None, None
        self.scribbles, self.marks = Scribbles(volume.geometry.shape_zyx), Marks()
        self.compared = None
        self.case, self.second_reader, self.refusal = case, second_reader, None
        self.effort, self.history = Effort(), History()
        self._saved_state = self.history.state
        if past is not None:
            self.effort, self.history, self.accepted = past.effort, past.history, past.accepted
            self._saved_state = past.saved
        self.view = self.view.of_another_scan(point)
        self._emit(~What(0))

    def replace_labels(self, labels: LabelMap, title: str) -> bool:
        """Take another label map over as one undo step; False when nothing differs."""
        assert self.volume is not None
        check_grid(self.volume, labels)
        box = Box.whole(self.volume.geometry.shape_zyx)
        return self.edit(title, Edit(box, np.ones(box.shape, dtype=bool), labels.array), tool="")

    @property
    def is_dirty(self) -> bool:
        """Whether labels changed since they were opened or last saved."""
        return self.history.state is not self._saved_state

    @property
    def saved_state(self) -> object:
        """The state of `history` that was opened or last saved."""
        return self._saved_state

    def only_look(self, refusal: EditRefused | None) -> None:
        """Refuse every edit with this reason, until another scan is open; None allows them."""
        self.abort_stroke()
        self.refusal = refusal
        self._emit(What.GUARD | What.HISTORY)

    def mark_saved(self, state: object | None = None) -> None:
        """Remember that the labels of a state of `history` are on disk; None means those of now."""
        self._saved_state = self.history.state if state is None else state
        self._emit(What.HISTORY)

    def enter_case(self, case: Case, *, holds_labels: bool) -> None:
        """The open scan became a case, which holds the labels of now or not."""
        self.case = case
        self._saved_state = self.history.state if holds_labels else object()
        self._emit(What.RECORD | What.HISTORY)

    def take_record(self, case: Case) -> None:
        """The open case's record is another one now; its labels are as they were."""
        self.case = case
        self._emit(What.RECORD)

    def case_kept(self, case: Case, state: object, spent: Spent) -> None:
        """The case took over the labels of a state of `history`, and the effort they took."""
        self.case = case
        self.effort.settle(spent)
        self._saved_state = state
        self._emit(What.RECORD | What.HISTORY)

    def prediction_kept(self, accepted: Accepted) -> None:
        """A case holds an accepted proposal; nothing more is to be kept of it."""
        if self.accepted is accepted:
            self.accepted = None

    # -- looking ------------------------------------------------------------

    def look(self, origin: object | None = None, **changes: Any) -> None:
        """Replace fields of `view`; no news when nothing differs."""
        view = replace(self.view, **changes)
        if view != self.view:
            self.view = view
            self._emit(What.VIEW, origin=origin)

    def look_at(self, index_zyx: Index, origin: object | None = None) -> None:
        """Move the crosshair to a voxel."""
        assert self.volume is not None
        x, y, z = self.volume.geometry.index_to_ras(index_zyx)
        self.look(origin, cursor_ras=(float(x), float(y), float(z)))

    def protect(self, **changes: Any) -> None:
        """Replace fields of `guard`."""
        self.guard = replace(self.guard, **changes)
        self._emit(What.GUARD)

    def mark(self, marks: Marks) -> None:
        """Replace what is measured and marked; no news when nothing differs."""
        if marks != self.marks:
            self.marks = marks
            self._emit(What.MARKS)

    def compare_with(self, other: Compared | None) -> None:
        """Show another mask beside the labels, or none; it must lie on the scan's grid."""
        if other is not None:
            assert self.volume is not None
            check_grid(self.volume, other.labels)
        if other is not self.compared:
            self.compared = other
            self._emit(What.COMPARED)

    # -- editing ------------------------------------------------------------

    def edit(self, title: str, edit: Edit, tool: str | None = None) -> bool:
        """Write an edit as one undo step; False when the guard left nothing to change."""
        self.begin_stroke(title, tool)
        self.add_to_stroke(edit)
        return self.end_stroke()

    def check_editable(self, label: int | None = None) -> None:
        """Raise EditRefused where nothing may be painted now, or nothing with a label; says why."""
        why = why_not(self, label)
        if why is not None:
            raise why

    def begin_stroke(self, title: str, tool: str | None = None) -> None:
        """Start a drag; raises EditRefused when there is nothing to paint on.

        Parameters
        ----------
        title : str
            Of the undo step.
        tool : str, optional
            What a person's hand does it with, for `effort`; the active tool if it is not
            given, "" for labels that come from a network or a file.
        """
        self.check_editable()
        assert self.volume is not None and self.labels is not None
        self.end_stroke()
        self.suggest(None)
        self._tool = self.view.tool if tool is None else tool
        self._stroke = Stroke(
            title, self.labels, self.guard, self.volume.hu, keeps_touched=bool(self._tool)
        )

    def add_to_stroke(self, edit: Edit) -> Box | None:
        """One more piece of the drag; returns what changed."""
        assert self._stroke is not None
        box = self._stroke.add(edit)
        if box is not None:
            self._emit(What.LABELS, box)
        return box

    def end_stroke(self) -> bool:
        """End the drag as one undo step; False when it changed nothing or there was none."""
        stroke, self._stroke = self._stroke, None
        step = stroke.commit() if stroke is not None else None
        if stroke is None or step is None:
            return False
        self.effort.add(self.history.count, self._tool, stroke.touched)
        self.history.push(step)
        self._emit(What.HISTORY)
        return True

    def abort_stroke(self) -> None:
        """Take the drag in hand back."""
        stroke, self._stroke = self._stroke, None
        box = stroke.abort() if stroke is not None else None
        if box is not None:
            self._emit(What.LABELS, box)

    @property
    def is_painting(self) -> bool:
        """Whether a drag is in hand."""
        return self._stroke is not None

    def undo(self) -> str | None:
        """Take the drag in hand back, a scribble or else the last step; returns its title.

        Scribbles only while their tool is in hand. Raises EditRefused as `begin_stroke` does.
        """
        if self._stroke is not None:
            dragged = self._stroke.title
            self.abort_stroke()
            return dragged
        if self.view.tool == SEEDS and self.scribbles.take_back():
            self._emit(What.DRAFT)
            return "Scribble"
        if self.history.undo_title is not None:
            self.check_editable()
        self.suggest(None)
        title = self.history.undo_title
        if title is not None and self.labels is not None:
            box = self.history.undo(self.labels)
            self._emit(What.LABELS | What.HISTORY, box)
        return title

    def redo(self) -> str | None:
        """Do the next undone step again; returns its title. Raises as `undo` does."""
        self.abort_stroke()
        if self.history.redo_title is not None:
            self.check_editable()
        self.suggest(None)
        title = self.history.redo_title
        if title is not None and self.labels is not None:
            box = self.history.redo(self.labels)
            self._emit(What.LABELS | What.HISTORY, box)
        return title

    # -- drafts -------------------------------------------------------------

    def suggest(self, draft: Draft | None) -> None:
        """Show what a tool would change, or no longer."""
        if draft is not None or self.draft is not None:
            old, self.draft = self.draft, draft
            boxes = [each.edit.box for each in (old, draft) if each is not None]
            self._emit(What.DRAFT, boxes[0].union(boxes[-1]))

    def apply_draft(self) -> bool:
        """Write the draft as one undo step; False when there is none."""
        draft = self.draft
        if draft is None or draft.is_hint:
            return False
        return self.edit(draft.title, draft.edit, tool=draft.tool)

    def scribble(self, edit: Edit | None) -> None:
        """One more piece of a scribble, or None to forget all."""
        if edit is not None:
            self.scribbles.add(edit)
            self._emit(What.DRAFT, edit.box)
        elif self.scribbles.clear():
            self._emit(What.DRAFT)

    def draw_outline(self, outline: Outline | None) -> None:
        """Show another line being drawn, or none."""
        if outline != self.outline:
            self.outline = outline
            self._emit(What.DRAFT)

    # -- proposals ----------------------------------------------------------

    def propose(self, proposal: Proposal, author: Author | None = None) -> None:
        """Show a network's result as a preview; `author` tells the very network."""
        self.abort_stroke()
        self.suggest(None)
        self.proposal, self._author = proposal, author
        self.uncertainty = proposal.uncertainty
        self._emit(What.PROPOSAL, proposal.box)

    def accept(self, only_unlabelled: bool = False) -> bool:
        """Write the proposal as one undo step; False when it changed nothing.

        A proposal speaks of the whole scan: labels outside its box become background. The
        guard holds, so locked labels stay.

        Parameters
        ----------
        only_unlabelled : bool
            Keep every label there is and fill only background.
        """
        proposal = self.proposal
        if proposal is None or self.labels is None:
            return False
        if self.refusal is not None:
            raise EditRefused(self.refusal.what, self.refusal.hint)
        self.proposal = None
        if self._author is not None:
            self.accepted = Accepted(proposal, self._author)
        self._emit(What.PROPOSAL, proposal.box)
        edit = edit_of(proposal, self.labels, only_unlabelled)
        return self.edit("Segmentation", edit, tool="")

    def discard(self) -> None:
        """Forget the proposal."""
        if self.proposal is not None:
            box, self.proposal = self.proposal.box, None
            self._emit(What.PROPOSAL, box)

    # -- news ---------------------------------------------------------------

    def _emit(self, what: What, box: Box | None = None, origin: object | None = None) -> None:
        if what & What.LABELS:
            self.effort.notice()
        assert not self._is_emitting, "a callback changed the Session while a Change was out"
        self._is_emitting = True
        try:
            self.changed.emit(Change(what, box, origin))
        finally:
            self._is_emitting = False


def step_title(tool: str, label: int) -> str:
    """Name of an undo step: "Brush, tumour"."""
    return f"{tool}, {LABEL_NAMES[label]}"
