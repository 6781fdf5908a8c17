"""Three slices and the surfaces, in one of the layouts, or one of them alone."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from kidview.core.task import Task
from kidview.core.types import Index, Triple
from kidview.session import PLANES, Change, What
from kidview.ui.beside import THEN, Beside
from kidview.ui.caliper_item import Evidence
from kidview.ui.context import Context
from kidview.ui.mouse import Probe
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.pieces import role
from kidview.ui.slice_canvas import SliceCanvas
from kidview.ui.slice_view import SliceView
from kidview.ui.tokens import DARK

SURFACE = "surface"
# layout -> view -> (row, column, rows, columns) of a 6 x 6 grid
_PLACES = {
    "four": {
        "axial": (0, 0, 3, 3),
        "coronal": (0, 3, 3, 3),
        "sagittal": (3, 0, 3, 3),
        SURFACE: (3, 3, 3, 3),
    },
    "large": {
        "axial": (0, 0, 6, 4),
        "coronal": (0, 4, 2, 2),
        "sagittal": (2, 4, 2, 2),
        SURFACE: (4, 4, 2, 2),
    },
    "two": {"axial": (0, 0, 6, 3), "coronal": (0, 3, 6, 3)},
    "row": {"axial": (0, 0, 6, 2), "coronal": (0, 2, 6, 2), "sagittal": (0, 4, 6, 2)},
}


def load_surface_view(task: Task) -> ModuleType:
    """The module of the 3D view; VTK takes half a second, so a job fetches it beforehand."""
    task.check()
    return importlib.import_module("kidview.ui.surface_view")


class ViewGrid(QWidget):
    """The views, a line of one pixel between them, accent around the active one.

    The view under the pointer is the active one. Signal `hovered` passes on what any slice
    view says of the voxel under the pointer (Probe or None).
    """

    hovered = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._session = context.session
        self._cells: dict[str, QWidget] = {}
        self._slices: list[SliceView] = []
        self._beside: Beside | None = None
        self.habits = habits = MouseHabits(
            lambda: str(context.settings["keys"]),
            self._is_over_slice,
            lambda: context.window.commands.press("Space"),
            self,
        )
        context.window.installEventFilter(habits)
        for axis, name in enumerate(PLANES):
            view = SliceView(context.session, axis, context.jobs, habits)
            view.hovered.connect(self._sharer(axis))
            view.said.connect(context.window.say)
            view.refused.connect(context.window.show_error)
            view.refine_clicked.connect(lambda at, label: context.window.refining.click(at, label))
            view.outline_closed.connect(lambda: context.window.commands["segment.accept"].trigger())
            view.maximise_requested.connect(self.toggler(name))
            self._slices.append(view)
            self._cells[name] = view
        self._cells[SURFACE] = QWidget()
        role(self._cells[SURFACE], "view")
        column = QVBoxLayout(self._cells[SURFACE])
        column.setContentsMargins(0, 0, 0, 0)
        self._surface: QWidget | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(1, 1, 1, 1)
        self._grid.setSpacing(1)
        for cell in self._cells.values():
            cell.setMinimumSize(80, 80)
            cell.installEventFilter(self)
        self.active = PLANES[0]
        self._arranged: tuple[object, ...] | None = None
        context.session.changed.connect(self._on_change)
        context.settings.changed.connect(lambda id: self._arrange())
        self._arrange()

    @property
    def active_axis(self) -> int:
        """Array axis of the active view; axial for the 3D view."""
        return PLANES.index(self.active) if self.active in PLANES else 0

    def cell(self, name: str) -> QWidget:
        """Where a view sits: "axial", "coronal", "sagittal" or "surface"."""
        return self._cells[name]

    @property
    def mm_per_pixel(self) -> float | None:
        """Scale of the slices; None while none is shown."""
        shown = (view.projection.mm_per_pixel for view in self._slices if view.isVisible())
        return next(shown, None)

    def show_beside(self, beside: Beside | None) -> None:
        """Show an earlier scan's slices beside those of the open one, or none."""
        old, self._beside = self._beside, beside
        for cell in () if old is None else old.cells.values():
            self._grid.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        for cell in () if beside is None else beside.cells.values():
            cell.installEventFilter(self)
        self._arrange()

    def tell_beside(self, captions: tuple[str, str]) -> None:
        """Other words below the earlier scan and the open one."""
        if self._beside is not None:
            self._beside.tell(captions)

    def go_to(self, index_zyx: Index) -> None:
        """Move the crosshair to a voxel; the views follow if one of them would not show it."""
        assert self._session.volume is not None
        x, y, z = self._session.volume.geometry.index_to_ras(index_zyx)
        self.go_to_point((float(x), float(y), float(z)))

    def go_to_point(self, point_ras: Triple) -> None:
        """The same for a point in mm, RAS+."""
        session = self._session
        session.look(cursor_ras=point_ras)
        shown = [view for view in self._slices if view.isVisible()]
        if session.view.mm_per_pixel is not None and not all(v.shows_crosshair for v in shown):
            session.look(centre_ras=point_ras)

    def add_surface(self) -> None:
        """Make the 3D view, once, with the first scan."""
        layout = self._cells[SURFACE].layout()
        if self._surface is not None or layout is None:
            return
        view = load_surface_view(Task()).SurfaceView(self._session, self._context.jobs)
        view.maximise_requested.connect(self.toggler(SURFACE))
        view.pointed.connect(self.go_to_point)
        view.said.connect(self._context.window.say)
        view.refused.connect(self._context.window.show_error)
        layout.addWidget(view)
        self._surface = view

    def fit_surface(self) -> None:
        """Bring all that the 3D view shows into its picture."""
        if self._surface is not None:
            self._surface.fit()  # type: ignore[attr-defined]

    def show_evidence(self, evidence: Evidence | None) -> None:
        """Draw the calipers of a number over the slices, or none."""
        for view in self._slices:  # not those of an earlier scan
            for canvas in view.findChildren(SliceCanvas):
                canvas.calipers.show_evidence(evidence)

    def picture(self) -> QImage:
        """What the active view shows, in the screen's pixels, without rail and brush."""
        cell = self._cells[self.active]
        if isinstance(cell, SliceView):
            cell.show_brush_at(None, cell.axis)  # comes back when the pointer moves
            cell.finish()
        return (cell.findChild(SliceCanvas) or cell).grab().toImage()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The pointer entering a view makes it the active one."""
        if event.type() == QEvent.Type.Enter:
            name = next((n for n, cell in self._shown_cells() if cell is watched), "")
            name = name.removesuffix(THEN)
            if name in self._cells and name != self.active:
                self.active = name
                self.update()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lines between the views, which are dark in both themes."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(DARK.line))
        shown = [cell for cell in self._cells.values() if not cell.isHidden()]
        cell = self._cells[self.active]
        if len(shown) > 1 and not cell.isHidden():
            painter.fillRect(cell.geometry().adjusted(-1, -1, 1, 1), QColor(DARK.accent))

    def _shown_cells(self) -> list[tuple[str, QWidget]]:
        return [*self._cells.items(), *(self._beside.cells.items() if self._beside else ())]

    def _is_over_slice(self) -> bool:
        if self._beside is not None and self._beside.has_pointer:
            return True
        return any(view.isVisible() and view.has_pointer for view in self._slices)

    def _sharer(self, axis: int) -> Callable[[Probe | None], None]:
        """Pass on what is under the pointer, and show the brush in the other views as well."""

        def share(probe: Probe | None) -> None:
            for view in self._slices:
                if view.axis != axis:
                    view.show_brush_at(None if probe is None else probe.point_ras, axis)
            self.hovered.emit(probe)

        return share

    def toggler(self, name: str) -> Callable[[], None]:
        """What shows a view alone, and all of them again."""

        def toggle() -> None:
            is_so = self._session.view.maximised == name
            self._session.look(maximised=None if is_so else name)

        return toggle

    def _on_change(self, change: Change) -> None:
        if change.what & What.VIEW:
            self._arrange()

    def _arrange(self) -> None:
        layout, maximised = self._context.settings["layout"], self._session.view.maximised
        wanted = (layout, maximised, self._beside)
        if wanted == self._arranged:
            return
        self._arranged = wanted
        places = {maximised: (0, 0, 6, 6)} if maximised else _PLACES[layout]
        if self._beside is not None and maximised != SURFACE:
            places = self._beside.places(maximised)
        self.setUpdatesEnabled(False)
        for name, cell in self._shown_cells():
            self._grid.removeWidget(cell)
            if name in places:
                self._grid.addWidget(cell, *places[name])
            cell.setVisible(name in places)
        for n in range(6):
            self._grid.setRowStretch(n, 1)
            self._grid.setColumnStretch(n, 1)
        if maximised:
            self.active = maximised
        self.setUpdatesEnabled(True)
        self.update()
