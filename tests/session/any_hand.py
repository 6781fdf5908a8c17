"""A hand that uses every tool the way the window does, at random, and checks each act.

What the labels should be is kept beside the Session: copies of all labels, one a step, which know
nothing of deltas. What an act may change is checked voxel by voxel against the rules of protection.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np

from kidview.cases import Annotation, Author
from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.core.types import FloatArray, Index, LabelArray, Triple
from kidview.edit import TOOLS, Draft, Edit, Guard, Option, OptionValue, ToolRow, Work, draft
from kidview.edit.tools.brush import IS_SQUARE, SIMILAR_HU, brush
from kidview.edit.tools.seeds import BACKGROUND
from kidview.segment import Proposal
from kidview.session import IN_PLANE, Outline, Session, cut, step_title
from tests.session.small_phantom import GRID, SHAPE, some_labels

MODEL = Author("model", "m", "1", "a" * 64)
OTHERS = (
    "undo",
    "undo",
    "redo",
    "label",
    "lock",
    "over",
    "hu range",
    "labels",
    "proposal",
    "saved",
    "free",
    "free",
    "free",
)
ACTS = (*(row.id for row in TOOLS), *OTHERS)
"""All tools of the table, and what else changes labels or rules."""


class Hand:
    """Acts on a Session and knows what its labels should be.

    Attributes
    ----------
    states : list of (Z, Y, X) uint8
        All labels before the first step, after it, and so on; undone steps included.
    position : int
        How many steps are in effect.
    written, refused : dict
        How often an act changed labels, and how often it was refused.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.states, self.position = [self.labels.copy()], 0
        self.written: dict[str, int] = {}
        self.refused: dict[str, int] = {}
        self._random = np.random.default_rng(0)

    @property
    def labels(self) -> LabelArray:
        """Of now, read-only."""
        assert self.session.labels is not None
        return self.session.labels.array

    def act(self, what: str, seed: int) -> None:
        """Do one thing, all its choices drawn from the seed, and check what it did."""
        self._random = np.random.default_rng(seed)
        session, history = self.session, self.session.history
        guard, state, titles = session.guard, history.state, history.titles
        before, title = self.labels.copy(), None
        try:
            if what in ("undo", "redo"):
                title = getattr(session, what)()
            else:
                self._tool(what) if what not in OTHERS else self._other(what)
        except EditRefused:
            self.refused[what] = self.refused.get(what, 0) + 1
            assert session.history.state is state and session.history.titles == titles
            np.testing.assert_array_equal(self.labels, before, err_msg="refused, yet it wrote")
        assert not session.is_painting
        if what in ("undo", "redo"):
            self._follow(what, title)
        elif not np.array_equal(self.labels, before):
            self._note(what, before, guard)
        self.check()

    def check(self) -> None:
        """Labels and history are what they should be."""
        np.testing.assert_array_equal(self.labels, self.states[self.position])
        history = self.session.history
        assert history.position == self.position and history.dropped == 0
        assert len(history.titles) == len(self.states) - 1

    def _follow(self, what: str, title: str | None) -> None:
        if title == "Scribble":
            return
        step = -1 if what == "undo" else 1
        is_there = 0 <= self.position + step < len(self.states)
        assert is_there == (title is not None)
        self.position += step * is_there

    def _note(self, what: str, before: LabelArray, guard: Guard) -> None:
        """One step more, inside the rules that held."""
        after = self.labels.copy()
        self.states = [*self.states[: self.position + 1], after]
        self.position += 1
        self.written[what] = self.written.get(what, 0) + 1
        changed = before != after
        old, new = before[changed], after[changed]
        assert after.max() <= 3
        assert not np.isin(old, list(guard.locked)).any()
        assert not np.isin(new, list(guard.locked)).any()
        assert guard.over is None or np.isin(old, list(guard.over)).all()
        if guard.hu_range is not None and self.session.volume is not None:
            hu = self.session.volume.hu[changed]
            assert hu.min() >= guard.hu_range[0] and hu.max() <= guard.hu_range[1]

    # -- what else people do --------------------------------------------------------

    def _other(self, what: str) -> None:
        session, random = self.session, self._random
        if what == "label":
            session.look(label=self._number(1, 3))
        elif what == "lock":
            session.protect(locked=self._some((1, 2, 3), 0.25))
        elif what == "over":
            over = self._some((0, 1, 2, 3), 0.7)
            session.protect(over=over if over and random.random() < 0.5 else None)
        elif what == "hu range":
            low = self._number(-150, 150)
            is_free = random.random() < 0.5
            session.protect(hu_range=None if is_free else (low, low + self._number(20, 200)))
        elif what == "free":
            session.protect(locked=frozenset(), over=None, hu_range=None)
        elif what == "labels":
            session.replace_labels(
                LabelMap(some_labels(random), GRID), f"Labels {random.bytes(2)!r}"
            )
        elif what == "saved":
            session.mark_saved()
        else:
            self._proposal()

    def _proposal(self) -> None:
        """Shown; a tool is refused meanwhile; accepted in one of two ways, or discarded."""
        session, random = self.session, self._random
        box = self._box()
        labels = some_labels(random)[box.slices].copy()
        session.propose(Proposal(box, labels, GRID.voxel_ml, "m", "CPU", 1.0), MODEL)
        position = session.history.position
        with suppress(EditRefused):
            self._tool(TOOLS[self._number(1, len(TOOLS) - 1)].id)
        assert session.history.position == position, "a proposal waits, yet a tool wrote"
        session.suggest(None)
        session.scribble(None)
        if random.random() < 0.3:
            session.discard()
        else:
            session.accept(only_unlabelled=bool(random.random() < 0.5))

    # -- tools ----------------------------------------------------------------------

    def _tool(self, id: str) -> None:
        """Choose a tool, set its options, and use it once."""
        row = next(row for row in TOOLS if row.id == id)
        own = [one for one in row.options if isinstance(one, Option)]
        options = {**self.session.view.options, **{one.id: self._value(one) for one in own}}
        self.session.look(
            tool=row.id,
            options=options,
            radius_mm=float(self._random.uniform(0.5, 6)),
            is_ball=bool(self._random.random() < 0.5),
        )
        gestures: dict[str, Callable[[ToolRow], None]] = {
            "navigate": lambda row: self.session.look_at(self._voxel()),
            "stroke": self._stroke,
            "click": lambda row: self._write(row, at_zyx=self._voxel(), axis=self._number(0, 2)),
            "outline": self._outline,
            "outline3d": self._scissors,
            "effect": self._effect,
            "seeds": self._seeds,
            "refine": self._refine,
            "annotate": self._annotate,
        }
        gestures[row.gesture](row)

    def _stroke(self, row: ToolRow) -> None:
        """As a drag does: kept, taken back by Esc or by an undo in its midst."""
        session, random, view = self.session, self._random, self.session.view
        assert session.volume is not None
        label = 0 if (row.id == "eraser") != (random.random() < 0.2) else view.label
        similar = float(view.options.get(SIMILAR_HU.id, 0)) if row.id == "brush" and label else 0.0
        session.begin_stroke(step_title("Brush", label) if label else "Eraser")
        last = self._place()
        for _ in range(self._number(1, 5)):
            to = self._place()
            edit = brush(
                last,
                to,
                view.radius_mm,
                label,
                GRID,
                axis=None if view.is_ball else self._number(0, 2),
                is_square=bool(view.options.get(IS_SQUARE.id, False)),
                similar_hu=similar,
                hu=session.volume.hu,
            )
            session.add_to_stroke(edit)
            last = to
        how = random.random()
        if how < 0.1:
            session.abort_stroke()
        elif how < 0.2:
            session.undo()
        else:
            session.end_stroke()

    def _outline(self, row: ToolRow) -> None:
        """Anchors on a slice, led along the image where the tool does so."""
        session, axis = self.session, self._number(0, 2)
        assert session.volume is not None
        session.check_editable()
        rows, columns = IN_PLANE[axis]
        outline = Outline(row.id, axis, self._number(0, SHAPE[axis] - 1))
        plane = np.ascontiguousarray(cut(session.volume.hu, axis, outline.index), np.int16)
        spacing = (GRID.spacing_zyx[rows], GRID.spacing_zyx[columns])
        tracer = None if row.trace is None else row.trace(plane, spacing)
        for _ in range(self._number(1, 6)):
            at, leg = [float(outline.index)] * 3, []
            low = 0.0 if tracer is not None else -2.0  # a polygon may be drawn beyond the scan
            for a in (rows, columns):
                at[a] = float(self._random.uniform(low, SHAPE[a] - 1 - low))
            if tracer is not None and outline.anchors:
                start = (outline.anchors[-1][rows], outline.anchors[-1][columns])
                for v, u in tracer.path(start, (at[rows], at[columns])):
                    point = [float(outline.index)] * 3
                    point[rows], point[columns] = v, u
                    leg.append((point[0], point[1], point[2]))
            outline = outline.with_anchor((at[0], at[1], at[2]), tuple(leg))
        session.draw_outline(outline)
        session.draw_outline(None)
        self._write(row, axis=axis, outline=outline.points)

    def _scissors(self, row: ToolRow) -> None:
        """A line over the 3D view, straight on or in perspective."""
        points = self._random.uniform(-1, 1, (self._number(2, 6), 2))
        line = tuple((float(x), float(y), 0.0) for x, y in points)
        self._write(row, outline=line, to_view=self._to_view())

    def _effect(self, row: ToolRow) -> None:
        """Shown beforehand, then applied, dropped or overtaken."""
        self.session.scribble(None)
        at = GRID.nearest_index(self.session.view.cursor_ras)
        self.session.suggest(self._draft(row, at_zyx=at, axis=self._number(0, 2)))
        self._decide()

    def _seeds(self, row: ToolRow) -> None:
        """Scribbles, some of them taken back, and what grows from them."""
        session, random = self.session, self._random
        session.check_editable()
        session.scribble(None)
        for _ in range(self._number(1, 4)):
            session.scribbles.begin()
            label = BACKGROUND if random.random() < 0.4 else self._number(1, 3)
            start, end = self._place(), self._place()
            session.scribble(brush(start, end, 1.5, label, GRID, axis=self._number(0, 2)))
        if session.scribbles.box is not None and random.random() < 0.3:
            assert session.undo() == "Scribble"
        session.suggest(self._draft(row))
        self._decide()
        if random.random() < 0.8:  # else they stay, and the next undo takes them back
            session.scribble(None)

    def _decide(self) -> None:
        session, how = self.session, self._random.random()
        assert session.draft is not None
        if how < 0.15:
            session.suggest(None)
        else:
            assert session.apply_draft(), "a draft holds only what would change"

    def _refine(self, row: ToolRow) -> None:
        """What a network returns about a click: any mask."""
        self.session.check_editable()
        label = 0 if self._random.random() < 0.3 else self.session.view.label
        box = self._box()
        edit = Edit(box, self._random.random(box.shape) < 0.7, label)
        self.session.edit(step_title("Refine", label), edit, tool=row.id)

    def _annotate(self, row: ToolRow) -> None:
        marks = self.session.marks
        ends = tuple(self._ras(self._place()) for _ in range(2))
        self.session.mark(marks.with_annotation(Annotation(marks.next_number, "distance", 0, ends)))

    # -- as acting.py and effects.py of the window ------------------------------------

    def _work(self, row: ToolRow, **where: object) -> tuple[Edit, LabelMap]:
        session = self.session
        assert session.volume is not None and session.labels is not None and row.act is not None
        labels, view = session.labels.snapshot().labels(), session.view
        work = Work(
            session.volume.hu,
            GRID,
            labels.array,
            view.label,
            options=view.options,
            task=Task(),
            seeds=session.scribbles.copy(),
        )
        before = labels.array.copy()
        edit = row.act(replace(work, **where))  # type: ignore[arg-type]
        np.testing.assert_array_equal(labels.array, before, err_msg="a tool wrote by itself")
        return edit, labels

    def _write(self, row: ToolRow, **where: object) -> None:
        self.session.check_editable()
        if row.gesture == "click" and self._random.random() < 0.15:
            where["label"] = 0
        label = where.get("label", self.session.view.label)
        edit, _labels = self._work(row, **where)
        assert isinstance(label, int)
        title = step_title(row.title, label) if "label" in row.options else row.title
        self.session.edit(title, edit, tool=row.id)

    def _draft(self, row: ToolRow, **where: object) -> Draft:
        session = self.session
        session.check_editable()
        assert session.volume is not None
        edit, labels = self._work(row, **where)
        return draft(row.title, row.id, edit, labels, session.guard, session.volume.hu)

    # -- chance -----------------------------------------------------------------------

    def _number(self, low: int, high: int) -> int:
        return int(self._random.integers(low, high + 1))

    def _some(self, of: tuple[int, ...], part: float) -> frozenset[int]:
        return frozenset(one for one in of if self._random.random() < part)

    def _value(self, option: Option) -> OptionValue:
        if option.choices:
            return option.choices[self._number(0, len(option.choices) - 1)][0]
        if isinstance(option.default, bool):
            return bool(self._random.random() < 0.5)
        ends = (option.low, min(option.high, max(4.0 * float(option.default), option.low + 20)))
        return option.default if self._random.random() < 0.3 else float(self._random.uniform(*ends))

    def _voxel(self) -> Index:
        z, y, x = (self._number(0, n - 1) for n in SHAPE)
        return (z, y, x)

    def _place(self) -> Triple:
        """A fractional voxel, now and then a little outside."""
        z, y, x = (float(self._random.uniform(-1.5, n + 0.5)) for n in SHAPE)
        return (z, y, x)

    def _ras(self, at: Triple) -> Triple:
        x, y, z = (float(v) for v in GRID.index_to_ras(at))
        return (x, y, z)

    def _box(self) -> Box:
        start = self._voxel()
        stop = [self._number(a + 1, n) for a, n in zip(start, SHAPE, strict=True)]
        return Box(start, (stop[0], stop[1], stop[2]))

    def _to_view(self) -> FloatArray:
        """Takes mm, RAS+, to a view of -1..1 from a random side."""
        turn, _ = np.linalg.qr(self._random.normal(size=(3, 3)))
        matrix = np.eye(4)
        matrix[:3, :3] = turn / 12
        matrix[:3, 3] = -matrix[:3, :3] @ GRID.centre_ras
        if self._random.random() < 0.5:
            matrix[3] = 0.3 * matrix[2] + (0, 0, 0, 1)
        return matrix
