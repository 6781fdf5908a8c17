"""From one doubtful place to the next."""

from __future__ import annotations

from kidview.core.event import Event
from kidview.core.task import Job, Task
from kidview.core.types import Index
from kidview.edit.place import Place
from kidview.edit.places import find_places
from kidview.session import Change, What
from kidview.ui.context import Context

KEY = "places"


class Looking:
    """Finds places that may be wrong, and goes through them.

    After labels changed they are looked for anew with the next step; places one has been at
    are not gone to again until all others were seen.

    Parameters
    ----------
    context : Context

    Attributes
    ----------
    places : tuple of Place
        Of the labels when they were looked at last, the worst first.
    here : Place or None
        The one gone to last.
    changed : Event of Looking
    """

    def __init__(self, context: Context) -> None:
        self._context, self._session = context, context.session
        self.places: tuple[Place, ...] = ()
        self.here: Place | None = None
        self.changed: Event[Looking] = Event()
        self._found_in: tuple[object, ...] = ()
        self._seen: set[tuple[str, Index]] = set()
        self._session.changed.connect(self._on_change)

    def step(self, by: int) -> None:
        """Go to the next place (1), or back to the one before (-1)."""
        session = self._session
        if session.volume is None or session.labels is None:
            return
        state = self._state()
        if state == self._found_in:
            self._go(by)
            return
        labels, unsure = session.labels.snapshot(), session.uncertainty
        grid = session.volume.geometry

        def work(task: Task) -> list[Place]:
            return find_places(labels.labels().array, grid, unsure, task)

        def done(places: list[Place]) -> None:
            if self._state() == state:
                self._found_in = state
                self.places, self.here = tuple(places), None
                self._go(1)
                self.changed.emit(self)

        self._context.jobs.start(Job("Look for doubtful places", KEY, work, done))

    def go_to(self, place: Place) -> None:
        """Look at a place, and say why."""
        self._seen.add((place.kind, place.at_zyx))
        self.here = place
        self._context.window.views.go_to(place.at_zyx)
        self._context.window.say(place.words)
        self.changed.emit(self)

    def _go(self, by: int) -> None:
        places, say = self.places, self._context.window.say
        if not places:
            say("No place looks doubtful")
            return
        number = places.index(self.here) if self.here in places else -1
        if by < 0:
            if number > 0:
                self.go_to(places[number - 1])
            else:
                say("This is the first doubtful place")
            return
        fresh = [p for p in places[number + 1 :] if (p.kind, p.at_zyx) not in self._seen]
        if fresh:
            self.go_to(fresh[0])
        else:
            self._seen.clear()
            self.here = None
            say("That was the last doubtful place; the same key begins anew")

    def _state(self) -> tuple[object, ...]:
        session = self._session
        return (session.volume, session.history.state, session.uncertainty)

    def _on_change(self, change: Change) -> None:
        if change.what & What.CASE:
            self._seen.clear()
            self._found_in, self.places, self.here = (), (), None
            self.changed.emit(self)
