"""A picture of the active view: into a PNG, or onto the clipboard."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QFileDialog

from kidview.core.errors import WriteError
from kidview.core.task import Job, Task
from kidview.core.volume import Source
from kidview.io import public_title, write_atomically
from kidview.session import PLANES, Session
from kidview.ui.context import Context
from kidview.ui.saving import proposed_target

_SUFFIX = ".png"


def copy_picture(context: Context) -> None:
    """Put the active view's picture on the clipboard."""
    views = context.window.views
    image = views.picture()
    QGuiApplication.clipboard().setImage(image)
    context.window.say(f"Copied the {views.active} view, {_size_in_words(image)}")


def save_picture(context: Context) -> None:
    """Ask where to; the picture is of the moment of the command."""
    session, views = context.session, context.window.views
    if session.volume is None:
        return
    image, source = views.picture(), session.volume.source
    proposed = picture_target(session, views.active)
    dialog = QFileDialog(context.window, "Save picture")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters([f"PNG (*{_SUFFIX})"])
    dialog.setDefaultSuffix(_SUFFIX)
    dialog.setDirectory(str(proposed.parent))
    dialog.selectFile(proposed.name)
    dialog.fileSelected.connect(lambda name: _write(context, image, source, Path(name)))
    dialog.open()


def _write(context: Context, image: QImage, source: Source, chosen: Path) -> None:
    is_named = chosen.suffix.lower() == _SUFFIX
    path = chosen if is_named else chosen.with_name(chosen.name + _SUFFIX)

    def work(task: Task) -> Path:
        # The dialog asked about the name that was chosen, not about one with a suffix added.
        write_picture(image, path, overwrite=is_named, protected=source.path)
        return path

    def done(path: Path) -> None:
        context.window.say(f"Saved {path.name}, {_size_in_words(image)}")

    context.jobs.start(Job(f"Save {path.name}", "picture", work, done))


def write_picture(image: QImage, path: Path, *, overwrite: bool, protected: Path) -> None:
    """Write a PNG with nothing but its pixels: beside, read back, moved into place.

    Parameters
    ----------
    image : QImage
    path : Path
    overwrite : bool
        Whether `path` may exist.
    protected : Path
        The scan, which is never replaced.

    Raises
    ------
    WriteError
        Nothing was changed then.
    """
    pixels = QImage(image.size(), QImage.Format.Format_RGB888)  # a new one, without texts
    pixels.fill(Qt.GlobalColor.black)
    painter = QPainter(pixels)
    painter.drawImage(pixels.rect(), image)
    painter.end()

    def write(beside: Path) -> None:
        if not pixels.save(str(beside)):
            raise WriteError(f"{path.name} could not be written", "save it elsewhere")

    def check(beside: Path) -> None:
        if QImage(str(beside)).convertToFormat(pixels.format()) != pixels:
            raise WriteError(f"{path.name} was not written whole", "save it elsewhere")

    write_atomically(path, _SUFFIX, write, check, overwrite=overwrite, protected=(protected,))


def picture_target(session: Session, view: str) -> Path:
    """<scan>_<plane>_<slice>.png, the slice counted from 1; beside the scan, else at home.

    A turned plane has no slice: its name says "oblique".
    """
    folder, name = picture_place(session)
    assert session.volume is not None
    if view not in PLANES:
        return folder / f"{name}_3d{_SUFFIX}"
    axis = PLANES.index(view)
    if session.view.is_turned(axis):
        return folder / f"{name}_{view}_oblique{_SUFFIX}"
    index = session.volume.geometry.nearest_index(session.view.cursor_ras)[axis]
    return folder / f"{name}_{view}_{index + 1}{_SUFFIX}"


def picture_place(session: Session) -> tuple[Path, str]:
    """The folder for what is drawn of a scan, and what its names begin with.

    A case goes by its pseudonym, and is never written into. A DICOM series goes by its
    description, unless that names the patient: its folder may be called so.
    """
    assert session.volume is not None
    source, case = session.volume.source, session.case
    beside = proposed_target(source.path)
    folder, name = beside.parent, beside.name.removesuffix("_labels.nii.gz")
    if case is not None:
        name = case.case_id
        folder = Path.home() if case.image.file else folder
    elif source.format == "DICOM":
        name = re.sub(r"\W+", "-", public_title(source)).strip("-")
    return folder, name


def _size_in_words(image: QImage) -> str:
    return f"{image.width()} × {image.height()} pixels"
