"""HISTOGRAM: how often each HU occurs where Threshold looks; its two ends can be dragged."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kidview.core.labels import LABELS
from kidview.core.task import Job, Task
from kidview.edit import Option
from kidview.edit.mean_hu import NOISE_MM, reach_of
from kidview.edit.tools.threshold import (
    HIGH,
    IS_SMOOTH,
    LOW,
    NEAR_MM,
    ROW,
    WHERE,
    Histogram,
    histogram,
    place,
    start_hu,
)
from kidview.session import Change, Session, What
from kidview.ui.context import Context
from kidview.ui.pieces import push_button, text

_KEY, _START = "histogram", "threshold start"
_REST_MS = 120
_HEIGHT_PX, _FOOT_PX, _GRIP_PX = 112, 18, 6
_ENDS_PERCENT = (0.5, 99.5)  # of the voxels; metal and gas would make everything else a line
_BEYOND = 0.1  # of the width, so that an end can be dragged past the last voxel
_COLOURS = {row.id: row.colour for row in LABELS}


class HistogramPanel(QWidget):
    """The plot, what lies between its ends in words, and Otsu's parting.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._session, self._jobs = context.session, context.jobs
        self._asked: tuple[object, ...] = ()
        self._started: tuple[object, ...] = ()
        self._offered: tuple[float, float] | None = None
        self.plot = _Plot(context)
        self.words = text("", "secondary")
        self._otsu = push_button("Split at Otsu's HU", self._split, "chip")
        self._otsu.setToolTip("From: the HU that parts these voxels into two groups best")
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self.words)
        foot.addStretch()
        foot.addWidget(self._otsu)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 4)
        column.setSpacing(4)
        column.addWidget(self.plot)
        column.addLayout(foot)
        self._timer = QTimer(self, interval=_REST_MS, singleShot=True)
        self._timer.timeout.connect(self._count)
        self._session.changed.connect(self._on_change)
        self._on_change(Change(What.VIEW))

    def _on_change(self, change: Change) -> None:
        if change.what & (What.VIEW | What.HISTORY | What.CASE):
            self.plot.update()
            self._tell()
            if self._what_it_depends_on() != self._asked:
                self._timer.start(_REST_MS)
            if self._what_starts() != self._started:
                self._timer.start(0)

    def _what_it_depends_on(self) -> tuple[object, ...]:
        session = self._session
        if session.volume is None or session.view.tool != ROW.id:
            return ()
        options = session.view.options
        place_of = tuple(options.get(each.id, each.default) for each in (WHERE, NEAR_MM, IS_SMOOTH))
        label = session.view.label if place_of[0] == "own" else 0
        return (session.volume, session.history.state, *place_of, label)

    def _what_starts(self) -> tuple[object, ...]:
        """The tool is chosen, for a label: its ends are offered until a hand sets them."""
        session = self._session
        if session.volume is None or session.view.tool != ROW.id:
            return ()
        return (session.volume, session.view.label)

    def _offer(self) -> None:
        """Set the ends to what most of the active label has, unless somebody set them."""
        now, session = self._what_starts(), self._session
        if now == self._started:
            return
        self._started = now
        is_free = not {LOW.id, HIGH.id} & set(session.view.options)
        if not now or not (is_free or ends(session) == self._offered):
            return
        assert session.volume is not None and session.labels is not None
        hu, snapshot, label = session.volume.hu, session.labels.snapshot(), session.view.label
        is_smooth = bool(session.view.options.get(IS_SMOOTH.id, IS_SMOOTH.default))
        reach = reach_of(NOISE_MM, session.volume.geometry.spacing_zyx) if is_smooth else (0, 0, 0)
        before = ends(session)

        def work(task: Task) -> tuple[int, int] | None:
            return start_hu(label, hu, snapshot.labels().array, reach, task)

        def done(found: tuple[int, int] | None) -> None:
            if self._what_starts() != now or ends(session) != before:
                return
            if found is None:
                options = session.view.options.items()
                kept = {id: value for id, value in options if id not in (LOW.id, HIGH.id)}
                session.look(options=kept)
            else:
                set_ends(session, *found)
            self._offered = ends(session)

        self._jobs.start(Job("HU of the label", _START, work, done, is_quiet=True))

    def _count(self) -> None:
        """Start the job for what is looked at now; an older one is cancelled by its key."""
        self._offer()
        now, session = self._what_it_depends_on(), self._session
        if now == self._asked:
            return
        self._asked = now
        self._jobs.cancel(_KEY)
        if not now or session.volume is None or session.labels is None:
            self.plot.show_counts(None)
            return
        hu, grid, snapshot = session.volume.hu, session.volume.geometry, session.labels.snapshot()
        where, near, smooth = str(now[2]), float(str(now[3])), bool(now[4])
        label = session.view.label
        reach = reach_of(NOISE_MM, grid.spacing_zyx) if smooth else (0, 0, 0)

        def work(task: Task) -> Histogram:
            at = place(where, near, snapshot.labels().array, grid, task, label)
            return histogram(at, hu, reach, task)

        def done(found: Histogram) -> None:
            if self._what_it_depends_on() == now:
                self.plot.show_counts(found)
                self._tell()

        def failed(_error: Exception) -> None:  # no labels: the tool itself says why
            self.plot.show_counts(None)
            self._tell()

        self._jobs.start(Job("Count HU", _KEY, work, done, failed))

    def _tell(self) -> None:
        counts = self.plot.counts
        self._otsu.setEnabled(counts is not None)
        if counts is None:
            self.words.setText("Nothing to count here")
            return
        low, high = ends(self._session)
        if low > high:
            self.words.setText("From is above to")
            return
        inside = counts.bins(int(low), int(high) + 1, 1).sum()
        self.words.setText(f"{100 * inside / counts.counts.sum():.0f} % of these voxels")

    def _split(self) -> None:
        counts = self.plot.counts
        if counts is not None:
            set_ends(self._session, float(counts.otsu() + 1), float(counts.last_hu))


def ends(session: Session) -> tuple[float, float]:
    """Lowest and highest HU of Threshold."""
    options = session.view.options
    return float(options.get(LOW.id, LOW.default)), float(options.get(HIGH.id, HIGH.default))


def set_ends(session: Session, low: float, high: float) -> None:
    """Set both, within what the tool takes."""
    options = {**session.view.options, LOW.id: _within(LOW, low), HIGH.id: _within(HIGH, high)}
    session.look(options=options)


def _within(option: Option, value: float) -> float:
    return float(round(min(max(value, option.low), option.high)))


class _Plot(QWidget):
    """Counts as a grey hill, what lies between the ends in the active label's colour."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._session, self._theme = context.session, context.theme
        self.counts: Histogram | None = None
        self._range = (-200.0, 300.0)
        self._grip: tuple[str, float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setToolTip("Drag an end, or what lies between the ends")
        self.setAccessibleName("histogram of HU")
        context.theme.changed.connect(lambda _palette: self.update())

    def sizeHint(self) -> QSize:
        """As wide as the panel."""
        return QSize(200, _HEIGHT_PX)

    def show_counts(self, counts: Histogram | None) -> None:
        """Draw other counts, or none."""
        self.counts = counts
        if counts is not None:
            low, high = (float(counts.percentile(p)) for p in _ENDS_PERCENT)
            margin = _BEYOND * max(high - low, 20.0)
            self._range = (low - margin, high + margin)
        self.update()

    def x_of(self, hu: float) -> float:
        """Pixel column of a HU, kept inside the plot."""
        low, high = self._range
        x = (hu - low) / (high - low) * self.width()
        return min(max(x, 1.0), self.width() - 2.0)

    def hu_of(self, x: float) -> float:
        """HU under a pixel column."""
        low, high = self._range
        return low + x / max(self.width(), 1) * (high - low)

    # -- drawing ------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Hill, range, ends and a few HU below."""
        painter, palette = QPainter(self), self._theme.palette
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        floor = self.height() - _FOOT_PX
        painter.setPen(QColor(palette.line))
        painter.drawLine(QPointF(0, floor + 0.5), QPointF(self.width(), floor + 0.5))
        if self.counts is None:
            return
        low, high = (
            self.x_of(hu + half) for hu, half in zip(ends(self._session), (-0.5, 0.5), strict=True)
        )
        hill = self._hill(floor)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.disabled))
        painter.drawPolygon(hill)
        colour = QColor(_COLOURS[self._session.view.label])
        if low < high:  # else nothing lies between them
            painter.setClipRect(QRectF(low, 0, high - low, floor))
            painter.setBrush(colour)
            painter.drawPolygon(hill)
            colour.setAlpha(40)
            painter.fillRect(QRectF(low, 0, high - low, floor), colour)
            painter.setClipping(False)
        painter.setPen(QColor(palette.text))
        for x in (low, high):
            painter.drawLine(QPointF(x, 0), QPointF(x, floor))
            painter.fillRect(QRectF(x - 2.5, floor / 2 - 8, 5, 16), QColor(palette.text))
        self._draw_numbers(painter, floor)

    def _hill(self, floor: int) -> QPolygonF:
        """Square roots of the counts, so that a small lesion shows beside a kidney."""
        assert self.counts is not None
        low, high = (int(round(end)) for end in self._range)
        each = max(-(-(high - low) // max(self.width() // 2, 1)), 2)  # whole HU, else it is a comb
        number = max((high - low) // each, 1)
        heights = self.counts.bins(low, low + number * each, number) ** 0.5
        top = max(float(heights.max()), 1.0)
        step = self.width() * each / (high - low)
        points = [QPointF(0, floor)]
        points += [
            QPointF((n + 0.5) * step, floor - (floor - 4) * float(h) / top)
            for n, h in enumerate(heights)
        ]
        return QPolygonF([*points, QPointF(len(heights) * step, floor)])

    def _draw_numbers(self, painter: QPainter, floor: int) -> None:
        low, high = self._range
        step = next(s for s in (10, 20, 50, 100, 200, 500, 1000, 2000) if (high - low) / s <= 6)
        painter.setPen(QColor(self._theme.palette.secondary))
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        for hu in range(int(low // step + 1) * step, int(high) + 1, step):
            x = (hu - low) / (high - low) * self.width()
            if 14 <= x <= self.width() - 14:
                box = QRectF(x - 24, floor + 3, 48, _FOOT_PX - 3)
                painter.drawText(
                    box, Qt.AlignmentFlag.AlignHCenter, f"{hu}".replace("-", "\N{MINUS SIGN}")
                )

    # -- the hand -----------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the nearer end, or of both between them."""
        if event.button() == Qt.MouseButton.LeftButton and self.counts is not None:
            x = event.position().x()
            self._grip = (self._part_at(x), self.hu_of(x))
            self._move(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held."""
        x = event.position().x()
        if self._grip is not None:
            self._move(x)
        part = self._part_at(x)
        self.setCursor(
            Qt.CursorShape.SizeHorCursor
            if part in ("low", "high")
            else Qt.CursorShape.OpenHandCursor
        )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = None

    def _part_at(self, x: float) -> str:
        low, high = (self.x_of(hu) for hu in ends(self._session))
        if low + _GRIP_PX < x < high - _GRIP_PX:
            return "both"
        return "low" if abs(x - low) <= abs(x - high) else "high"

    def _move(self, x: float) -> None:
        assert self._grip is not None
        part, before = self._grip
        low, high = ends(self._session)
        hu = self.hu_of(x)
        if part == "low":
            set_ends(self._session, min(hu, high), high)
        elif part == "high":
            set_ends(self._session, low, max(hu, low))
        else:
            shift = round(hu - before)
            set_ends(self._session, low + shift, high + shift)
            self._grip = (part, before + shift)
