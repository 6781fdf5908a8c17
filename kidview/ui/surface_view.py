"""The 3D view: surfaces of the labels and, if asked for, the CT around them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.labels import LABELS
from kidview.core.task import Job, Task
from kidview.core.types import FloatArray, Triple
from kidview.session import Change, Session, What
from kidview.ui.acting import act, why_it_cannot
from kidview.ui.canvas import Canvas, draw_words
from kidview.ui.drags import tool_of
from kidview.ui.jobs import Jobs
from kidview.ui.lasso import Lasso
from kidview.ui.opengl import OpenGL, probe_opengl
from kidview.ui.scene import Scene
from kidview.ui.surfaces import Surface, Surfaces, build_surfaces, labelled_box
from kidview.ui.tokens import DARK
from kidview.ui.volume_render import BonesAndVessels, thin

NO_OPENGL = "No 3D here: this machine offers no OpenGL. Everything else works."
EMPTY = "Nothing outlined yet"
REST_MS = 150
_AFTER_STEP_MS = 40  # when a stroke has ended no more of it comes
_BEYOND_A_HAND_MM = 100.0  # a change at once so wide is no stroke: labels came from elsewhere
_LABELS, _PROPOSAL, _CT, _PROBE = "surfaces", "proposal surfaces", "ct in 3d", "opengl"
_NOWHERE = Box((0, 0, 0), (1, 1, 1))


class SurfaceView(QWidget):
    """Surfaces of the Session's labels and proposal; a click on one moves the crosshair.

    Parameters
    ----------
    session : Session
    jobs : Jobs
    probe : callable
        Says in a worker what draws OpenGL, None when nothing can; replaced in tests.

    Attributes
    ----------
    scene : Scene or None
        None until the probe has answered, and for ever where there is no OpenGL.
    canvas : Canvas or None
    words : str
        What the view says instead of a picture.

    Signals: `maximise_requested`, `pointed` (a point the crosshair was moved to, RAS+ mm), `said`
    (words for the status bar), `refused` (an error).
    """

    maximise_requested = Signal()
    pointed = Signal(object)
    said = Signal(str)
    refused = Signal(object)

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        probe: Callable[[Task], OpenGL | None] = probe_opengl,
    ) -> None:
        super().__init__()
        self.scene: Scene | None = None
        self.canvas: Canvas | None = None
        self.words = ""
        self.session, self._jobs = session, jobs
        self._is_hardware = False
        self._shown: dict[int, Surface] = {}  # by label
        self._occupied: Box | None = None  # holds all labels; None while nobody looked
        self._is_stale = False
        self._is_built = False  # the surfaces of this case were shown once
        self._has_framed = False
        self._is_new = False  # what is shown next was not painted, so the camera may follow it
        self._lasso: Lasso | None = None
        self._bones: BonesAndVessels | None = None
        self._has_ct = False  # shown, or being prepared
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._build)
        self.destroyed.connect(partial(_let_go, jobs, session.changed.connect(self._on_change)))
        jobs.start(Job("Look for OpenGL", _PROBE, probe, self._on_probe))

    # -- painting without OpenGL --------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Black, and the one sentence where there is no 3D."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(DARK.view))
        draw_words(painter, self.rect().toRectF(), self.words)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """All the room, or the other views again."""
        self.maximise_requested.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what changed while nobody saw it."""
        super().showEvent(event)
        if self._is_stale:
            self._timer.start(0)

    # -- news ---------------------------------------------------------------------

    def _on_probe(self, opengl: OpenGL | None) -> None:
        if opengl is None:
            self.words = NO_OPENGL
            self.update()
            return
        self._is_hardware = opengl.is_hardware
        self.scene = Scene()
        self.canvas = Canvas(self.scene)
        self.canvas.maximise_requested.connect(self.maximise_requested)
        self.canvas.clicked.connect(self._point)
        self.canvas.resting.connect(self._on_resting)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.canvas)
        self._lasso = Lasso(self.canvas, self._may_cut)
        self._lasso.drawn.connect(self._cut)
        if self.session.volume is not None:
            self._begin_case()

    def _on_change(self, change: Change) -> None:
        if self.scene is None:
            return  # what is missed is caught up with when the probe has answered
        if change.what & What.CASE:
            self._begin_case()
            return
        if change.what & What.PROPOSAL:
            self._is_new = self._is_new or self.session.proposal is not None
            self._build_proposal()
        if change.what & What.LABELS:
            self._is_new = self._is_new or self._is_beyond_a_hand(change.box)
            self._note(change.box)
        if change.what & What.HISTORY and self._timer.isActive():
            self._timer.start(min(self._timer.remainingTime(), _AFTER_STEP_MS))
        if change.what & What.VIEW:
            self._follow_view()

    # -- scissors -----------------------------------------------------------------

    def _point(self, point_ras: Triple) -> None:
        self.session.look(cursor_ras=point_ras)
        self.pointed.emit(point_ras)

    def say(self, words: str) -> None:
        """Tell what was done."""
        self.said.emit(words)

    def refuse(self, error: Exception) -> None:
        """Tell why something cannot be done."""
        self.refused.emit(error)

    def _may_cut(self) -> bool:
        """Whether scissors may begin; tells why where they may not."""
        why = why_it_cannot(tool_of(self.session.view.tool), self.session)
        if why is not None:
            self.refuse(why)
        return why is None

    def _cut(self, line: list[tuple[float, float]]) -> None:
        """Let the scissors act on a line drawn over the picture."""
        assert self.scene is not None and self.canvas is not None
        aspect = self.canvas.width() / max(self.canvas.height(), 1)
        outline, to_view = tuple((x, y, 0.0) for x, y in line), self.scene.to_view(aspect)
        row = tool_of(self.session.view.tool)
        try:
            act(row, self, self._jobs, outline=outline, to_view=to_view)
        except EditRefused as refusal:
            self.refuse(refusal)

    def _begin_case(self) -> None:
        """Another scan: nothing of the old one stays, and one looks from the front."""
        volume = self.session.volume
        assert self.scene is not None and self.canvas is not None and volume is not None
        for key in (_LABELS, _CT):
            self._jobs.cancel(key)
        self.scene.clear(is_proposed=False)
        self.scene.clear(is_proposed=True)
        self.scene.set_volume(None)
        self.scene.look_from("A")
        self.canvas.fit(volume.geometry.corners_ras())
        self._bones, self._has_ct = None, False
        self._shown, self._occupied = {}, None
        self._is_built, self._has_framed, self._is_new = False, False, False
        self._build_proposal()
        self._note(None, rest_ms=0)
        self._follow_view()
        self._refresh()

    def _follow_view(self) -> None:
        assert self.scene is not None and self.canvas is not None
        view = self.session.view
        has_cursor = self.session.volume is not None and view.has_crosshair
        self.canvas.show_cursor(view.cursor_ras if has_cursor else None)
        every = frozenset(row.id for row in LABELS)
        if self.scene.hide(every if view.are_labels_hidden else view.hidden):
            self._refresh()
        self._follow_ct()
        self._follow_tool()

    def _follow_tool(self) -> None:
        """The lasso lies over the picture while the scissors are in hand."""
        assert self._lasso is not None and self.canvas is not None
        is_cutting = tool_of(self.session.view.tool).gesture == "outline3d"
        self._lasso.setGeometry(self.canvas.rect())
        self._lasso.setVisible(is_cutting)
        if is_cutting:
            self._lasso.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the lasso over the whole picture."""
        super().resizeEvent(event)
        if self._lasso is not None:
            self._lasso.resize(event.size())

    def _refresh(self) -> None:
        """Render again; say so when there is nothing to see."""
        assert self.scene is not None and self.canvas is not None
        has_any = self.scene.has_surfaces(False) or self.session.proposal is not None
        has_ct = self.session.view.has_ct_in_3d
        self.words = EMPTY if self._is_built and not has_any and not has_ct else ""
        self.canvas.show_words(self.words)
        self.canvas.refresh()

    def _frame(self) -> None:
        """Bring into the picture what first there is of a case, and what came and lies outside.

        Otherwise nothing moves by itself: a stroke beside the kidneys turns no camera.
        """
        assert self.scene is not None and self.canvas is not None
        if self.scene.is_empty:
            return
        if not self._has_framed:
            self._has_framed = True
            self.canvas.fit()
        elif self._is_new:
            self.canvas.fit_if_left()
        self._is_new = False

    def fit(self) -> None:
        """Bring all that is shown into the picture, the scan's box where nothing is."""
        volume = self.session.volume
        if self.scene is not None and self.canvas is not None and volume is not None:
            self.canvas.fit(volume.geometry.corners_ras() if self.scene.is_empty else None)

    def _is_beyond_a_hand(self, box: Box | None) -> bool:
        """Whether a change of the labels is wider than tools of the hand make it."""
        labels = self.session.labels
        if box is None or labels is None:
            return True
        size_mm = np.array(box.shape) * labels.geometry.spacing_zyx
        return bool(size_mm.max() > max(_BEYOND_A_HAND_MM, 3 * self.session.view.radius_mm))

    # -- surfaces -----------------------------------------------------------------

    def _note(self, box: Box | None, rest_ms: int = REST_MS) -> None:
        """Remember that labels changed there, and build when the hand rests."""
        if box is not None and self._occupied is not None:
            self._occupied = self._occupied.union(box)
        else:
            self._occupied = None
        self._is_stale = True
        if self.isVisible():
            self._timer.start(0 if self._is_parting else rest_ms)

    @property
    def _is_parting(self) -> bool:
        """Whether a decided proposal is still shown, until the labels' surfaces follow it."""
        is_shown = self.scene is not None and self.scene.has_surfaces(is_proposed=True)
        return is_shown and self.session.proposal is None

    def _build(self) -> None:
        """Start the job that makes the surfaces of the labels as they are now."""
        labels = self.session.labels
        if labels is None or self.scene is None:
            return
        box = self._occupied or labelled_box(labels.array) or _NOWHERE
        array, geometry = labels.array[box.slices].copy(), labels.geometry.crop(box)
        known = {label: surface.mark for label, surface in self._shown.items()}
        built = {mark: part for each in self._shown.values() for mark, part in each.parts.items()}
        self._is_stale = False

        def done(surfaces: Surfaces) -> None:
            if not self._is_stale:
                where = surfaces.box
                self._occupied = _NOWHERE if where is None else where.shifted(box.start)
            self._is_built = True
            self._show(surfaces)

        def work(task: Task) -> Surfaces:
            return build_surfaces(array, geometry, known, task, built)

        self._jobs.start(Job("Build surfaces", _LABELS, work, done))

    def _show(self, surfaces: Surfaces) -> None:
        assert self.scene is not None
        before = self.scene.surface_box(is_proposed=False)
        for label, surface in surfaces.changed.items():
            self.scene.put(label, None if surface is None else surface.mesh)
            self._shown.pop(label, None)
            if surface is not None:
                self._shown[label] = surface
        if self._is_parting:
            self.scene.clear(is_proposed=True)
        after = self.scene.surface_box(is_proposed=False)
        if before is not None and after is not None and not _meet(before, after):
            self._is_new = True  # nothing is left of what one was looking at
        if after is None and self.session.proposal is None and not self._has_ct:
            self._has_framed = False  # all was undone; what comes is the first again
        self._frame()
        self._refresh()

    def _build_proposal(self) -> None:
        """Start the job that makes the proposal's surfaces, or begin its parting."""
        proposal, labels = self.session.proposal, self.session.labels
        self._jobs.cancel(_PROPOSAL)
        if proposal is None or labels is None:
            if self._is_parting:
                self._is_stale = True
                self._timer.start(0)
            return
        array, geometry = proposal.labels, labels.geometry.crop(proposal.box)

        def work(task: Task) -> Surfaces:
            return build_surfaces(array, geometry, {}, task)

        self._jobs.start(Job("Build the proposal's surfaces", _PROPOSAL, work, self._show_proposal))

    def _show_proposal(self, surfaces: Surfaces) -> None:
        assert self.scene is not None
        self.scene.clear(is_proposed=True)
        for label, surface in surfaces.changed.items():
            self.scene.put(label, None if surface is None else surface.mesh, is_proposed=True)
        self._frame()
        self._refresh()

    # -- the CT -------------------------------------------------------------------

    def _follow_ct(self) -> None:
        """Show the CT, prepare it when it is asked for the first time, or take it away."""
        volume, wanted = self.session.volume, self.session.view.has_ct_in_3d
        if self.scene is None or volume is None or wanted == self._has_ct:
            return
        self._has_ct = wanted
        if not wanted:
            self._jobs.cancel(_CT)
            self.scene.set_volume(None)
            self._refresh()
        elif self._bones is not None:
            self._show_ct(self._bones)
        else:
            hu, geometry, is_hardware = volume.hu, volume.geometry, self._is_hardware

            def work(task: Task) -> BonesAndVessels:
                return BonesAndVessels(thin(hu, geometry, is_hardware, task), is_hardware)

            self._jobs.start(Job("Prepare the CT in 3D", _CT, work, self._show_ct))

    def _show_ct(self, bones: BonesAndVessels) -> None:
        assert self.scene is not None and self.canvas is not None
        self._bones = bones
        bones.set_quality(is_fine=True, pixels=self.canvas.pixels)
        self.scene.set_volume(bones.prop)
        self._frame()
        self._refresh()

    def _on_resting(self, is_resting: bool) -> None:
        assert self.scene is not None and self.canvas is not None
        self.scene.set_fine(is_resting or self._is_hardware)
        if self._bones is not None:
            self._bones.set_quality(is_resting, self.canvas.pixels)
        self.canvas.refresh()


def _meet(one: FloatArray, other: FloatArray) -> bool:
    """Whether two boxes, (2, 3) corners, have a point in common."""
    return bool((np.maximum(one[0], other[0]) <= np.minimum(one[1], other[1])).all())


def _let_go(jobs: Jobs, disconnect: Callable[[], None], *_gone: object) -> None:
    """Let no news and no result reach a view that is no more."""
    disconnect()
    if isValid(jobs):
        for key in (_PROBE, _LABELS, _PROPOSAL, _CT):
            jobs.cancel(key)
