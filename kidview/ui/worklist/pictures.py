"""Small pictures of cases: kept in the case's folder, loaded when a row comes into view.

A picture tells in its own file which mask it shows, so one that is behind is drawn again. It
holds nothing but pixels and that checksum, and belongs to no record: whoever deletes it loses
nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from kidview.cases import Case, CaseRow, CaseStore
from kidview.core.errors import KidViewError, WriteError
from kidview.core.labels import LabelMap
from kidview.core.task import Job, Task
from kidview.core.volume import Volume
from kidview.io import write_atomically
from kidview.ui.jobs import Jobs
from kidview.ui.thumbnail import axial_picture

PICTURE_FILE = "picture.png"
PICTURE_PX = (128, 96)
_SHOWS = "shows"
_LOADING, _DRAWING = "case pictures", "case picture"
_BATCH, _MOST_TO_DRAW, _MOST_KEPT = 24, 12, 400
_REST_MS = 20


def keep_picture(store: CaseStore, case: Case, volume: Volume, labels: LabelMap | None) -> QImage:
    """Draw a case's picture and put it into the case's folder, if that can be written to."""
    image = axial_picture(volume, PICTURE_PX, None if labels is None else labels.array)
    image.setText(_SHOWS, _shown_by(case))

    def write(path: Path) -> None:
        if not image.save(str(path)):
            raise WriteError("the picture cannot be written", "check the disk")

    with suppress(KidViewError, OSError):  # it can be drawn again
        path = store.folder / case.case_id / PICTURE_FILE
        write_atomically(path, ".png", write, lambda path: None, overwrite=True)
    return image


def read_picture(store: CaseStore, case_id: str) -> QImage | None:
    """The picture kept for a case; None when there is none, or it shows another mask."""
    image = QImage(str(store.folder / case_id / PICTURE_FILE))
    if image.isNull() or image.text(_SHOWS) != _shown_by(store.read(case_id)):
        return None
    return image


def draw_picture(store: CaseStore, case_id: str, task: Task) -> QImage:
    """Read scan and mask of a case and draw them."""
    case = store.read(case_id)
    volume = store.load_image(case, task)
    return keep_picture(store, case, volume, load_labels(store, case))


def load_labels(store: CaseStore, case: Case) -> LabelMap | None:
    """The corrected mask, else the network's, else none."""
    if case.corrected is not None:
        return store.load_corrected(case)
    return None if case.prediction is None else store.load_prediction(case)


def _shown_by(case: Case) -> str:
    """The checksum of what a picture of the case shows."""
    if case.corrected is not None:
        return case.corrected.mask.sha256
    return case.image.sha256 if case.prediction is None else case.prediction.sha256


class Pictures(QObject):
    """Pictures by case; `arrived` tells the id of one that can be shown now.

    `failed` says that one could not be drawn, so that the list has a damaged case to tell of.
    """

    arrived = Signal(str)
    failed = Signal()

    def __init__(self, store: CaseStore, jobs: Jobs) -> None:
        super().__init__()
        self._store, self._jobs = store, jobs
        # With each picture the row it was for; another row asks again.
        self._there: OrderedDict[str, tuple[CaseRow | None, QPixmap | None]] = OrderedDict()
        self._wanted: dict[str, CaseRow] = {}  # newest wish last
        self._to_draw: dict[str, CaseRow] = {}
        self._timer = QTimer(self, interval=_REST_MS, singleShot=True)
        self._timer.timeout.connect(self._load)

    def of(self, row: CaseRow) -> QPixmap | None:
        """The picture of a row; what is not there is fetched, and an older one shown till then."""
        if row.status is None:
            return None
        known, picture = self._there.get(row.case_id, (None, None))
        if known != row and row.case_id not in self._to_draw:
            self._wanted.pop(row.case_id, None)
            self._wanted[row.case_id] = row
            self._timer.start()
        return picture

    def look_again(self, case_id: str) -> None:
        """A case was written, perhaps within the second its row tells."""
        if case_id in self._there:
            self._there[case_id] = (None, self._there[case_id][1])

    def _load(self) -> None:
        """Read what was kept; the rest is drawn after that."""
        if self._jobs.is_running(_LOADING) or not self._wanted:
            return
        batch = dict(list(self._wanted.items())[-_BATCH:])
        self._wanted.clear()  # rows that were scrolled past; those in view ask again
        store = self._store

        def work(task: Task) -> dict[str, QImage | None]:
            found: dict[str, QImage | None] = {}
            for case_id in batch:
                task.check()
                with suppress(KidViewError):  # unusable since it was listed
                    found[case_id] = read_picture(store, case_id)
            return found

        def done(found: dict[str, QImage | None]) -> None:
            for case_id, row in batch.items():
                image = found.get(case_id)
                if image is not None:
                    self._keep(row, image)
                elif case_id in found:
                    self._to_draw[case_id] = row
            self._draw()
            self._load()

        self._start("Load pictures", _LOADING, work, done)

    def _draw(self) -> None:
        """Draw the one asked for last; a scan has to be read for it, so one after the other."""
        while len(self._to_draw) > _MOST_TO_DRAW:
            del self._to_draw[next(iter(self._to_draw))]
        if self._jobs.is_running(_DRAWING) or not self._to_draw:
            return
        case_id, row = list(self._to_draw.items())[-1]
        store = self._store

        def end(image: QImage | None) -> None:
            self._to_draw.pop(case_id, None)
            self._keep(row, image)
            self._draw()

        def fail(error: Exception) -> None:
            end(None)
            self.failed.emit()

        self._start(
            "Draw a picture", _DRAWING, lambda task: draw_picture(store, case_id, task), end, fail
        )

    def _start(
        self,
        title: str,
        key: str,
        work: Callable[[Task], object],
        done: Callable[..., None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        self._jobs.start(Job(title, key, work, done, failed, is_quiet=True))

    def _keep(self, row: CaseRow, image: QImage | None) -> None:
        case_id = row.case_id
        self._there[case_id] = (row, None if image is None else QPixmap.fromImage(image))
        self._there.move_to_end(case_id)
        if len(self._there) > _MOST_KEPT:
            self._there.popitem(last=False)
        self.arrived.emit(case_id)
