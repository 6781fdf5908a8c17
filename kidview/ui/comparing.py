"""The labels compared with another mask: kept up to date, gone through, taken over."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from kidview.core.errors import EditRefused
from kidview.core.event import Event
from kidview.core.task import Job
from kidview.edit import Edit
from kidview.edit.compare import Comparison, compare
from kidview.edit.difference import take_over
from kidview.edit.place import Place
from kidview.session import Change, What, step_title
from kidview.ui.acting import writer
from kidview.ui.context import Context
from kidview.ui.telling import as_words

KEY = "compare labels"
REST_MS = 500
"""After the last edit."""


class Comparing(QObject):
    """What is known of the labels and the mask they are compared with.

    Parameters
    ----------
    context : Context

    Attributes
    ----------
    found : Comparison or None
        Of the labels when the hand rested last; None while nothing was compared yet.
    here : Place or None
        The difference gone to last.
    changed : Event of Comparing
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        self._context, self.session = context, context.session
        self.found: Comparison | None = None
        self.here: Place | None = None
        self.changed: Event[Comparing] = Event()
        self._number = -1  # of `here` in the list; of the next one once `here` is mended
        self._timer = QTimer(self, interval=REST_MS, singleShot=True)
        self._timer.timeout.connect(self._compare)
        self.session.changed.connect(self._on_change)

    @property
    def places(self) -> tuple[Place, ...]:
        """Where the masks differ, the largest first."""
        return () if self.found is None else self.found.places

    # -- going ----------------------------------------------------------------

    def step(self, by: int) -> None:
        """Go to the next difference (1), or back to the one before (-1)."""
        places = self.places
        if not places:
            self.say("Still comparing" if self.found is None else none_in_words(self.found))
            return
        is_mended = self.here is None and by > 0
        number = self._number if is_mended and self._number >= 0 else self._number + by
        if number < 0:
            self.say("This is the first difference")
        elif number >= len(places):
            self.here, self._number = None, -1
            self.say("That was the last difference; the same key begins anew")
            self.changed.emit(self)
        else:
            self.go_to(places[number])

    def go_to(self, place: Place) -> None:
        """Look at a difference, and say what it is."""
        self.here, self._number = place, self.places.index(place)
        self._context.window.views.go_to(place.at_zyx)
        self.say(place.words)
        self.changed.emit(self)

    # -- taking over ------------------------------------------------------------

    def take(self) -> None:
        """Give the difference gone to the other mask's labels, as one step.

        Raises
        ------
        EditRefused
            Nothing may be painted now.
        """
        session, place = self.session, self.here
        session.check_editable()
        other, labels, volume = session.compared, session.labels, session.volume
        if place is None or other is None or labels is None or volume is None:
            return
        there, snapshot, grid = other.labels.array, labels.snapshot(), volume.geometry
        title = step_title("Taken over", int(there[place.at_zyx]))
        write = writer("compare", title, self)

        def done(edit: Edit) -> None:
            write(edit)

        self._context.jobs.start(
            Job(
                title,
                "tool",
                lambda task: take_over(snapshot.labels().array, there, place, grid, task),
                done,
                self.refuse,
            )
        )

    def say(self, words: str) -> None:
        """Tell in the status bar."""
        self._context.window.say(words)

    def refuse(self, error: Exception) -> None:
        """Tell why a difference cannot be taken over."""
        if isinstance(error, EditRefused):
            self.say(as_words(error))
        else:
            self._context.window.show_error(error)

    # -- keeping up -------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        if change.what & (What.COMPARED | What.CASE):
            self._timer.stop()
            self._context.jobs.cancel(KEY)
            self.found, self.here, self._number = None, None, -1
            self._compare()
            self.changed.emit(self)
        elif change.what & What.LABELS and self.session.compared is not None:
            self._timer.start()

    def _compare(self) -> None:
        other, labels, volume = self.session.compared, self.session.labels, self.session.volume
        if other is None or labels is None or volume is None:
            return
        there, snapshot, grid = other.labels.array, labels.snapshot(), volume.geometry

        def done(found: Comparison) -> None:
            if self.session.compared is other:
                self._take_in(found)

        self._context.jobs.start(
            Job(
                "Compare the masks",
                KEY,
                lambda task: compare(snapshot.labels().array, there, grid, task),
                done,
                is_quiet=True,
            )
        )

    def _take_in(self, found: Comparison) -> None:
        """Show other numbers; who stands at a difference that is left still stands there."""
        old, self.found = self.here, found
        if old is not None:
            self.here = next((p for p in found.places if _is_same(p, old)), None)
            if self.here is not None:
                self._number = found.places.index(self.here)
        self.changed.emit(self)


def none_in_words(found: Comparison) -> str:
    """What there is to say where no difference is listed."""
    is_equal = all(dice == 1.0 for dice in found.dice.values())
    return "The masks are the same" if is_equal else "No difference but thin rims"


def _is_same(one: Place, other: Place) -> bool:
    """Whether two places are of one kind and overlap: a stroke moves a place's middle."""
    is_alike = one.words.split(":")[0] == other.words.split(":")[0]
    pairs = zip(one.box.start, one.box.stop, other.box.start, other.box.stop, strict=True)
    return is_alike and all(a < d and c < b for a, b, c, d in pairs)
