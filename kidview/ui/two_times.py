"""The earlier scan beside the open one: what became of its lesions, kept up to date."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from kidview.core.errors import EditRefused
from kidview.core.event import Event
from kidview.core.task import Job
from kidview.core.types import FloatArray, Triple
from kidview.follow import FollowUp, Growth, follow_up
from kidview.session import Change, Session, What
from kidview.ui.beside import Beside
from kidview.ui.context import Context
from kidview.ui.earlier_scan import Earlier, case_of
from kidview.ui.linked import Linked
from kidview.ui.telling import open_name

KEY = "follow up"
REST_MS = 500
"""After the last edit."""
_ONLY_SHOWN = EditRefused("the earlier scan is only shown", "paint in the views of the open scan")


class TwoTimes(QObject):
    """What is known of the open scan's past.

    Parameters
    ----------
    context : Context

    Attributes
    ----------
    then : Session or None
        The earlier scan with its labels; nothing edits it.
    found : FollowUp or None
        Of the labels when the hand rested last.
    name : str
        Of the earlier scan's file.
    selected : str
        Name of the lesion gone to last.
    changed : Event of TwoTimes
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        self._context, self.session = context, context.session
        self.then: Session | None = None
        self.found: FollowUp | None = None
        self.name, self.selected = "", ""
        self.changed: Event[TwoTimes] = Event()
        self._link: Linked | None = None
        self._timer = QTimer(self, interval=REST_MS, singleShot=True)
        self._timer.timeout.connect(self._find_again)
        self.session.changed.connect(self._on_change)

    # -- beginning and ending -----------------------------------------------------

    def begin(self, earlier: Earlier) -> None:
        """Show an earlier scan beside the open one."""
        self.stop()
        context, views = self._context, self._context.window.views
        then = Session()
        then.open(earlier.volume, earlier.labels)
        then.only_look(_ONLY_SHOWN)
        self.then, self.found, self.name = then, earlier.found, earlier.name
        if self.session.view.maximised == "surface":
            self.session.look(maximised=None)
        self.session.look(mm_per_pixel=views.mm_per_pixel)  # a common scale needs a number
        self._link = Linked(then, self.session, earlier.found.over)
        views.show_beside(Beside(context, then, views, self._captions()))
        context.settings.set("has_panel", True)
        context.settings.set("has_cases", False)
        self.changed.emit(self)
        growths = earlier.found.growths
        context.window.say(f"Beside {earlier.name}: {in_words(growths)}")

    def stop(self) -> None:
        """The open scan alone again."""
        if self.then is None:
            return
        self._timer.stop()
        self._context.jobs.cancel(KEY)
        if self._link is not None:
            self._link.end()
        self._context.window.views.show_beside(None)
        self.then, self.found, self._link = None, None, None
        self.name, self.selected = "", ""
        self.changed.emit(self)

    # -- what the hand asks -------------------------------------------------------

    def go_to(self, growth: Growth) -> None:
        """Look at a lesion in both scans, where it is or where it would be."""
        if self.then is None or self.found is None:
            return
        self.selected = growth.match.name
        if growth.match.now:
            at = _point(growth.match.now[0].centre_ras)
            self.session.look(cursor_ras=at, centre_ras=at)
        else:
            at = _point(growth.match.then[0].centre_ras)
            self.then.look(cursor_ras=at, centre_ras=at)
        self._context.window.say(told(growth))
        self.changed.emit(self)

    @property
    def is_turned_along(self) -> bool:
        """Whether the earlier scan is shown in the planes of the open one."""
        return self._link is not None and self._link.is_turned_along

    def turn_along(self) -> None:
        """Show the earlier scan in the planes of the open one, or its own slices again."""
        if self._link is not None:
            self._link.turn_along(not self._link.is_turned_along)
            words = "in the planes of the open one" if self.is_turned_along else "as it was made"
            self._context.window.say(f"The earlier scan is shown {words}")

    def step(self) -> None:
        """Go to the next lesion, and round again."""
        growths = () if self.found is None else self.found.growths
        if not growths:
            self._context.window.say("No lesion is outlined in either scan")
            return
        names = [one.match.name for one in growths]
        at = names.index(self.selected) + 1 if self.selected in names else 0
        self.go_to(growths[at % len(growths)])

    def set_days(self, days: float | None) -> None:
        """Take another number of days between the scans."""
        if self.found is not None and days != self.found.days:
            self.found = self.found.after(days)
            self._context.window.views.tell_beside(self._captions())
            self.changed.emit(self)

    def _captions(self) -> tuple[str, str]:
        days = None if self.found is None else self.found.days
        ago = "" if days is None else f" · {days:g} days before"
        return f"Earlier: {self.name}{ago}", f"Now: {open_name(self.session)}"

    # -- keeping up ---------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        if self.then is None:
            return
        if change.what & What.CASE:
            self.stop()
        elif change.what & What.LABELS:
            self._timer.start()

    def _find_again(self) -> None:
        """The labels changed: pair and measure anew; the kidneys lie as they lay."""
        old, volume, labels = self.found, self.session.volume, self.session.labels
        if old is None or volume is None or labels is None:
            return
        snapshot = labels.snapshot()

        def done(found: FollowUp) -> None:
            if self.found is not None and self.found.over is old.over:
                self.found = found.after(self.found.days)
                self.changed.emit(self)

        self._context.jobs.start(
            Job(
                "Compare with the earlier scan",
                KEY,
                lambda task: follow_up(
                    old.then,
                    case_of(volume, snapshot.labels(), task),
                    old.days,
                    task,
                    old.over,
                    old.remarks,
                ),
                done,
                is_quiet=True,
            )
        )


def in_words(growths: tuple[Growth, ...]) -> str:
    """ "3 lesions as before, 1 new"."""
    counts: dict[str, int] = {}
    for one in growths:
        counts[_FATES[one.match.fate]] = counts.get(_FATES[one.match.fate], 0) + 1
    return ", ".join(f"{count} {fate}" for fate, count in counts.items()) or "no lesion in either"


_FATES = {
    "same": "found again",
    "new": "new",
    "gone": "gone",
    "merged": "merged",
    "split": "split",
    "outside": "in one scan only",
}


def told(growth: Growth) -> str:
    """One line of what became of a lesion."""
    volume, change = growth.volume_ml, growth.volume_ml.change
    if change.number is None or volume.then.number is None or volume.now.number is None:
        return f"{growth.match.name}: {_FATES[growth.match.fate]}"
    words = f"{growth.match.name}: {volume.then.number:.1f} → {volume.now.number:.1f} mL"
    if volume.percent.number is not None:
        words += f", {volume.percent.number:+z.0f} %"
    return ", ".join((words, *growth.remarks))


def _point(at: FloatArray) -> Triple:
    x, y, z = (float(mm) for mm in at)
    return (x, y, z)
