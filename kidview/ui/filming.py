"""A film of the active view: drawn a picture a tick, written by a worker meanwhile."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from kidview.core.box import Box
from kidview.core.errors import EditRefused, WriteError
from kidview.core.labels import LabelMap
from kidview.core.task import Job, Task
from kidview.io import FilmShape, check_film, write_film
from kidview.session import PLANES, Session
from kidview.ui.context import Context
from kidview.ui.dialogs.film_dialog import FilmDialog
from kidview.ui.film_plan import (
    FilmPlan,
    film_scale,
    film_shape,
    shape_in_words,
    slice_numbers,
    turn_degrees,
)
from kidview.ui.film_stage import SliceStage, Stage, TurnStage, as_of_now, slices_of
from kidview.ui.notice import Notice
from kidview.ui.slice_canvas import SliceCanvas
from kidview.ui.view_picture import picture_place

if TYPE_CHECKING:
    from kidview.ui.canvas import Canvas

Frame = npt.NDArray[np.uint8]
KEY = "film"
TICK_MS = 10  # between two pictures the hand has its turn
_AHEAD = 3  # pictures that may wait for the worker
_PATIENCE_S = 0.05


def save_film(context: Context) -> None:
    """Ask what kind of film and where to, then make it."""
    session, window = context.session, context.window
    if session.volume is None:
        return
    if context.jobs.is_running(KEY):
        window.say("A film is being made: wait for its end, or cancel it below")
        return
    view, seen = window.views.active, _seen(context)
    axis = window.views.active_axis
    has_range = view in PLANES and not session.view.is_turned(axis)
    dialog = FilmDialog(
        window,
        view,
        slices_of(session, axis),
        (seen.width(), seen.height()),
        has_range,
        lambda plan: _ask_file(context, plan),
    )
    dialog.open()


def _ask_file(context: Context, plan: FilmPlan) -> None:
    folder, name = picture_place(context.session)
    dialog = QFileDialog(context.window, "Save film")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters([f"{plan.suffix[1:].upper()} (*{plan.suffix})"])
    dialog.setDefaultSuffix(plan.suffix)
    dialog.setDirectory(str(folder))
    dialog.selectFile(f"{name}_{'3d' if plan.view not in PLANES else plan.view}{plan.suffix}")
    dialog.fileSelected.connect(lambda chosen: make_film(context, plan, Path(chosen)))
    dialog.open()


def make_film(context: Context, plan: FilmPlan, chosen: Path) -> None:
    """Make a film of the moment; another suffix than the plan's is added to.

    Raises
    ------
    EditRefused
        No slice holds a label, and only those were asked for; or there is no 3D view.
    """
    session = context.session
    assert session.volume is not None and session.labels is not None
    is_named = chosen.suffix.lower() == plan.suffix
    path = chosen if is_named else chosen.with_name(chosen.name + plan.suffix)
    snapshot = session.labels.snapshot()

    def work(task: Task) -> tuple[LabelMap, Box | None]:
        labels = snapshot.labels()
        task.check()
        return labels, Box.tight(labels.array != 0) if plan.has_labels_only else None

    def done(found: tuple[LabelMap, Box | None]) -> None:
        labels, box = found
        shown = as_of_now(session, labels) if plan.view in PLANES else session
        _begin(context, plan, shown, box, path, overwrite=is_named)

    context.jobs.start(Job(f"Save {path.name}", KEY, work, done))


def _begin(
    context: Context,
    plan: FilmPlan,
    shown: Session,
    box: Box | None,
    path: Path,
    *,
    overwrite: bool,
) -> None:
    """The labels are at hand: draw and write."""
    seen, axis = _seen(context, plan.view), PLANES.index(plan.view) if plan.view in PLANES else 0
    numbers: Sequence[float]
    if plan.view not in PLANES:
        numbers = turn_degrees(plan.turn_frames)
    elif plan.has_labels_only:
        if box is None:
            raise EditRefused("no slice holds a label", "make a film of all slices")
        numbers = slice_numbers(box.start[axis], box.stop[axis] - 1, plan.is_there_and_back)
    else:
        numbers = slice_numbers(0, slices_of(shown, axis) - 1, plan.is_there_and_back)
    ratio = context.window.devicePixelRatioF()
    shape = film_shape(plan, (seen.width(), seen.height()), ratio, numbers)
    check_film(path, shape)
    size = QSize(shape.width, shape.height)
    stage: Stage
    if plan.view in PLANES:
        scale = film_scale(plan, seen.height(), ratio)
        stage = SliceStage(shown, axis, context.jobs, seen, size, scale)
    else:
        stage = TurnStage(_canvas_3d(context), size)
    Filming(context, stage, numbers, shape, path, overwrite=overwrite)


class Filming(QObject):
    """One film under way; goes away by itself.

    A tick draws one picture unless enough of them wait for the worker, so that neither the hand
    nor memory has to wait for the disk. Cancelled below or overtaken by another scan, it leaves
    no file.
    """

    def __init__(
        self,
        context: Context,
        stage: Stage,
        numbers: Sequence[float],
        shape: FilmShape,
        path: Path,
        *,
        overwrite: bool,
    ) -> None:
        super().__init__(context.window)
        assert context.session.volume is not None
        self._context, self._stage, self._numbers = context, stage, list(numbers)
        self._shape, self._path, self._volume = shape, path, context.session.volume
        self._drawn = 0
        self._waiting: queue.Queue[QImage] = queue.Queue(_AHEAD)
        waiting, protected = self._waiting, self._volume.source.path

        def work(task: Task) -> int:
            frames = _frames(waiting, shape.frames, task)
            return write_film(
                path, frames, shape, overwrite=overwrite, protected=(protected,), task=task
            )

        self._task = context.jobs.start(
            Job(f"Save {path.name}", KEY, work, self._done, self._failed)
        )
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        """Draw one picture, if there is one to draw and room for it."""
        if self._task.is_cancelled:
            self._end()
            self._context.window.say(f"Stopped: {self._path.name} was not made")
        elif isinstance(self._stage, TurnStage) and self._context.session.volume is not (
            self._volume
        ):
            self._context.jobs.cancel(KEY)
        elif self._drawn < len(self._numbers) and not self._waiting.full():
            self._waiting.put_nowait(self._stage.picture(self._numbers[self._drawn]))
            self._drawn += 1

    def _done(self, size: int) -> None:
        self._end()
        folder = QUrl.fromLocalFile(str(self._path.parent))
        words = f"Saved {self._path.name}: {shape_in_words(self._shape)}, {size / 1e6:.1f} MB"
        button = ("Show in folder", lambda: QDesktopServices.openUrl(folder))
        self._context.window.notify(Notice(KEY, "done", words, (button,)))

    def _failed(self, error: Exception) -> None:
        self._end()
        self._context.window.show_error(error)

    def _end(self) -> None:
        self._timer.stop()
        self._stage.close()
        self.deleteLater()


def _frames(waiting: queue.Queue[QImage], count: int, task: Task) -> Iterator[Frame]:
    """(height, width, 3) uint8 of the pictures as they come; in the worker."""
    for _number in range(count):
        while True:
            task.check()
            try:
                image = waiting.get(timeout=_PATIENCE_S)
                break
            except queue.Empty:
                continue
        yield pixels_of(image)


def pixels_of(image: QImage) -> Frame:
    """(height, width, 3) uint8 of a picture, red, green, blue."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


def _seen(context: Context, view: str = "") -> QSize:
    """The pixels of a view without its rail; of the active one by default."""
    cell = context.window.views.cell(view or context.window.views.active)
    canvas: QWidget | None = cell.findChild(SliceCanvas)
    return (canvas or cell).size()


def _canvas_3d(context: Context) -> Canvas:
    from kidview.ui.canvas import Canvas  # VTK is loaded with the 3D view

    canvas = context.window.views.cell("surface").findChild(Canvas)
    if canvas is None:
        raise WriteError("there is no 3D view to film", "choose one of the slices")
    return canvas
