"""Which lesion is in hand, what its numbers stand on, and what kind it is."""

from __future__ import annotations

import numpy as np

from kidview.cases import Annotation
from kidview.core.errors import EditRefused
from kidview.core.event import Event
from kidview.core.types import Index
from kidview.edit import Edit
from kidview.measure import MEASURES, Lesion, Measure, Measured, Value
from kidview.session import Change, What, step_title
from kidview.ui.acting import writer
from kidview.ui.caliper_item import Evidence
from kidview.ui.context import Context
from kidview.ui.measuring import Measuring
from kidview.ui.telling import as_words, in_ml

KIDNEY, TUMOUR, CYST = 1, 2, 3
_KIND_LABELS = {"tumour": TUMOUR, "cyst": CYST}
_UNITS = {"cm2": "cm²", "mm2": "mm²"}
_STILL = "Still measuring: do it again in a moment"


class Findings:
    """The lesions of the open scan, one of them in hand.

    Parameters
    ----------
    context : Context
    measuring : Measuring

    Attributes
    ----------
    session : Session
    selected : str
        Id of the lesion in hand, "" for none.
    evidence : Evidence or None
        What the views draw.
    changed : Event of Findings
        Another one is in hand, or its numbers are others.
    pointed : Event of Evidence or None
    """

    def __init__(self, context: Context, measuring: Measuring) -> None:
        self._context, self.measuring, self.session = context, measuring, context.session
        self.selected = ""
        self.evidence: Evidence | None = None
        self.changed: Event[Findings] = Event()
        self.pointed: Event[Evidence | None] = Event()
        self._in_hand: Lesion | None = None
        self.changed.connect(lambda _findings: self._refresh_actions())
        self.pointed.connect(lambda _evidence: self._refresh_actions())
        measuring.changed.connect(self._on_measured)
        self.session.changed.connect(self._on_change)

    @property
    def lesions(self) -> tuple[Measured, ...]:
        """All of them, in the order they are shown."""
        measures = self.measuring.measures
        return () if measures is None else measures.lesions

    @property
    def one(self) -> Measured | None:
        """The lesion in hand."""
        return next((each for each in self.lesions if each.name == self.selected), None)

    def lesion(self, name: str) -> Lesion:
        """A lesion's voxels, by its id.

        Raises
        ------
        KeyError
            There is none of that id.
        """
        measures = self.measuring.measures
        known = () if measures is None else measures.case.anatomy.lesions
        return {each.id: each for each in known}[name]

    # -- going --------------------------------------------------------------------

    def select(self, name: str) -> None:
        """Take a lesion in hand; "" takes none, which shows the kidneys."""
        self.selected = name
        self._in_hand = self.lesion(name) if name else None
        self.point_out(None)
        self.changed.emit(self)

    def go_to(self, name: str) -> None:
        """Take a lesion in hand and look at its middle."""
        self.select(name)
        lesion = self.lesion(name)
        self._context.window.views.go_to(middle_of(lesion))
        self.say(f"{name}: {lesion.kind}, {where_in_words(self.one)}, {in_ml(lesion.volume_ml)}")

    def step(self) -> None:
        """Go to the next lesion, and round again."""
        self.measuring.when_current(lambda _measures: self._step())

    def _step(self) -> None:
        names = [each.name for each in self.lesions]
        if not names:
            self.say("No tumour or cyst is labelled")
            return
        at = names.index(self.selected) + 1 if self.selected in names else 0
        self.go_to(names[at % len(names)])

    # -- evidence -------------------------------------------------------------------

    def show(self, of: Measured, row: Measure) -> None:
        """Look at what a number stands on, and say what it is; again hides it."""
        value, volume = of.values[row.id], self.session.volume
        if volume is None:
            return
        shown = self.evidence
        if shown is not None and (shown.of, shown.measure) == (of.name, row.id):
            self.point_out(None)
            return
        words = in_words(row, value)
        if value.points_ras:
            ends = np.array(value.points_ras).mean(axis=0)
            self._context.window.views.go_to(volume.geometry.nearest_index(ends))
            self.point_out(
                Evidence(of.name, row.id, words, value.points_ras, volume.geometry, value.slice_z)
            )
        else:
            if of.of == "lesion":
                self._context.window.views.go_to(middle_of(self.lesion(of.name)))
            self.point_out(None)
        self.say(f"{row.title} {words}: {row.tip} ({row.source})")

    def point_out(self, evidence: Evidence | None) -> bool:
        """Draw other calipers in the views, or none; False where there were none."""
        had_any = self.evidence is not None
        if evidence is not self.evidence:
            self.evidence = evidence
            self.pointed.emit(evidence)
        return had_any

    def keep(self) -> None:
        """Keep the calipers shown as a measurement of the reader's.

        Raises
        ------
        EditRefused
            None are shown, or they do not lie in an axial slice.
        """
        shown = self.evidence
        if shown is None or shown.slice_z is None:
            raise EditRefused(
                "no calipers in an axial slice are shown",
                "click an axial diameter under Measures first",
            )
        marks = self.session.marks
        kept = Annotation(marks.next_number, "distance", 0, shown.points_ras[:2])
        self.point_out(None)
        self.session.mark(marks.with_annotation(kept))
        self.say(f"Kept as a measurement: {shown.words}; M and Del remove it")

    # -- kind -----------------------------------------------------------------------

    def change_kind(self, name: str, label: int) -> None:
        """Give a whole lesion another label as one step: 1 kidney, 2 tumour, 3 cyst.

        The relabelling tool takes voxels that touch at faces; a lesion's may touch at corners.

        Raises
        ------
        EditRefused
            Nothing may be painted now.
        """
        self.session.check_editable()
        if not self.measuring.is_current:
            self.say(_STILL)
            return
        lesion = self.lesion(name)
        if label == _KIND_LABELS[lesion.kind]:
            self.say(f"{name} is a {lesion.kind} already")
            return
        write = writer("relabel", step_title("Relabel", label), self)
        write(Edit(lesion.box, lesion.mask, label))

    def swap_kind(self) -> None:
        """Make a cyst of the tumour in hand, or a tumour of the cyst."""
        one = self.one
        if one is not None:
            self.change_kind(one.name, CYST if one.facts["kind"] == "tumour" else TUMOUR)

    def say(self, words: str) -> None:
        """Tell in the status bar."""
        self._context.window.say(words)

    def refuse(self, error: Exception) -> None:
        """Tell why a lesion keeps its kind."""
        if isinstance(error, EditRefused):
            self.say(as_words(error))
        else:
            self._context.window.show_error(error)

    # -- keeping up -------------------------------------------------------------------

    def _refresh_actions(self) -> None:
        """No Change tells what is in hand."""
        for id in ("findings.kind", "findings.keep"):
            self._context.window.commands.refresh_row(id)

    def _on_change(self, change: Change) -> None:
        if change.what & (What.LABELS | What.CASE):
            self.point_out(None)
        if change.what & What.CASE:
            self.selected, self._in_hand = "", None

    def _on_measured(self, measuring: Measuring) -> None:
        """The lesion in hand stays in hand, whatever its name is by now."""
        if measuring.measures is None:
            if self._context.session.volume is None:
                self.selected, self._in_hand = "", None
        elif self._in_hand is not None:
            lesions = measuring.measures.case.anatomy.lesions
            shared = [_shared_voxels(self._in_hand, each) for each in lesions]
            best = int(np.argmax(shared)) if any(shared) else None
            self._in_hand = None if best is None else lesions[best]
            self.selected = "" if self._in_hand is None else self._in_hand.id
        self.changed.emit(self)


def middle_of(lesion: Lesion) -> Index:
    """The lesion's centre of mass, or the voxel of it in that slice which is nearest."""
    z, y, x = lesion.geometry.nearest_index(lesion.centre_ras)
    if not lesion.mask[z, y, x] and lesion.mask[z].any():
        inside = np.argwhere(lesion.mask[z])
        away = (inside - (y, x)) * lesion.geometry.spacing_zyx[1:]
        y, x = (int(i) for i in inside[int((away**2).sum(axis=1).argmin())])
    start = lesion.box.start
    return (z + start[0], y + start[1], x + start[2])


def where_in_words(one: Measured | None) -> str:
    """ "left, upper third"; "no kidney near"."""
    if one is None or not one.facts["kidney"]:
        return "no kidney near"
    side, pole = one.facts["side"], one.facts["pole"]
    return f"{'side unsure' if side == 'unsure' else side}, {pole} third"


def in_words(row: Measure, value: Value) -> str:
    """ "46.5 mm"; a dash where there is no number."""
    if value.number is None:
        return "–"
    number, unit = figures(row, value.number)
    return f"{number} {unit}".rstrip()


def figures(row: Measure, number: float) -> tuple[str, str]:
    """A number with as many digits as mean something, and its unit."""
    if row.unit == "mL":
        words, unit = in_ml(number).rsplit(" ", 1)
        return words, unit
    words = f"{number:z.{row.digits}f}".replace("-", "\N{MINUS SIGN}")
    return words, _UNITS.get(row.unit, row.unit)


def rows_of(one: Measured) -> list[Measure]:
    """The measures that are told of a kidney or lesion."""
    return [row for row in MEASURES if row.of == one.of and row.is_for(one.facts)]


def _shared_voxels(one: Lesion, other: Lesion) -> int:
    """Voxels that two lesions have in common."""
    pairs = zip(one.box.start, other.box.start, one.box.stop, other.box.stop, strict=True)
    ends = [(max(a, b), min(c, d)) for a, b, c, d in pairs]
    if any(start >= stop for start, stop in ends):
        return 0
    cuts = [
        each.mask[
            tuple(slice(a - o, b - o) for (a, b), o in zip(ends, each.box.start, strict=True))
        ]
        for each in (one, other)
    ]
    return int(np.count_nonzero(cuts[0] & cuts[1]))
