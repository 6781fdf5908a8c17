"""What kind of film: a question with what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QComboBox, QWidget

from kidview.io import can_write_mp4
from kidview.ui.caret import caret
from kidview.ui.dialogs.question import Question
from kidview.ui.film_plan import (
    FPS_RANGE,
    HEIGHTS_PX,
    TURN_RANGE,
    FilmPlan,
    film_shape,
    shape_in_words,
    slice_numbers,
    turn_degrees,
)
from kidview.ui.number_box import NumberBox
from kidview.ui.pieces import text

_FIELD_PX = 200
_WHY = "The film shows what the view shows, and nothing of the patient's name."
_NO_MP4 = "MP4 needs one more package: pip install 'kidview[mp4]'"


class FilmDialog(Question):
    """Asks for a FilmPlan.

    Parameters
    ----------
    window : QWidget
    view : str
        "axial", "coronal", "sagittal" or "surface".
    count : int
        Slices there are.
    seen : (width, height)
        Of the view, in its own pixels.
    has_range : bool
        Whether labels can choose the slices: not on a turned plane.
    then : callable
        Gets the plan; not called when the dialog is cancelled.
    """

    def __init__(
        self,
        window: QWidget,
        view: str,
        count: int,
        seen: tuple[int, int],
        has_range: bool,
        then: Callable[[FilmPlan], object],
    ) -> None:
        is_turn = view == "surface"
        name = "3D" if is_turn else view
        super().__init__(window, f"Film of the {name} view", _WHY, "Choose a file…")
        self._view, self._count, self._seen, self._then = view, count, seen, then
        self.slices = _choice("Slices", (f"All {count}", "Those with labels"))
        self.slices.setEnabled(has_range)
        self.way = _choice("Way", ("Forward", "There and back"))
        self.pictures = NumberBox(TURN_RANGE, "Pictures of a full turn")
        self.pictures.setValue(FilmPlan(view).turn_frames)
        self.fps = NumberBox(FPS_RANGE, "Pictures a second")
        self.fps.setValue(FilmPlan(view).fps)
        self.large = _choice("Size", ("As shown", *(f"{high} pixels high" for high in HEIGHTS_PX)))
        self.format = _choice("Format", ("GIF", "MP4") if can_write_mp4() else ("GIF",))
        if not can_write_mp4():
            self.format.setToolTip(_NO_MP4)
        self.sum = text("", "secondary")
        own: Sequence[QWidget] = (self.pictures,) if is_turn else (self.slices, self.way)
        for unused in (self.slices, self.way) if is_turn else (self.pictures,):
            unused.setParent(self)
            unused.hide()
        for field in (*own, self.fps, self.large, self.format):
            self.add_field(field, _FIELD_PX)
        self.fields.addWidget(self.sum)
        for choice in (self.slices, self.way, self.large, self.format):
            choice.currentIndexChanged.connect(self._tell)
        for number in (self.pictures, self.fps):
            number.valueChanged.connect(self._tell)
        self._tell()

    @property
    def plan(self) -> FilmPlan:
        """What is chosen now."""
        chosen = self.large.currentIndex()
        return FilmPlan(
            self._view,
            round(self.fps.value()),
            f".{self.format.currentText().lower()}",
            HEIGHTS_PX[chosen - 1] if chosen else None,
            self.way.currentIndex() == 1,
            self.slices.currentIndex() == 1,
            round(self.pictures.value()),
        )

    def accept(self) -> None:
        """Go on with what was chosen."""
        plan = self.plan
        super().accept()
        self._then(plan)

    def _tell(self) -> None:
        plan = self.plan
        if plan.has_labels_only:
            self.sum.setText("As many pictures as there are slices with labels")
            return
        numbers: Sequence[float] = (
            turn_degrees(plan.turn_frames)
            if self._view == "surface"
            else slice_numbers(0, self._count - 1, plan.is_there_and_back)
        )
        shape = film_shape(plan, self._seen, self.devicePixelRatioF(), numbers)
        self.sum.setText(shape_in_words(shape))


def _choice(name: str, titles: Sequence[str]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.addItems(list(titles))
    caret(box)
    return box
