"""From a path to an open scan: find, choose, read, show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from kidview.core.errors import GridMismatch, PartlyOutside, ReadError, UnknownParts
from kidview.core.labels import LABELS, LabelMap
from kidview.core.task import Job, Task
from kidview.core.volume import Level, Volume
from kidview.io import (
    FORMATS,
    Found,
    count_labels,
    find,
    kind_of,
    read_labels,
    read_scan,
    thumbnail,
)
from kidview.ui.context import Context
from kidview.ui.dialogs.parts_dialog import PartsDialog
from kidview.ui.dialogs.series import Choice, SeriesPicker
from kidview.ui.notice import Notice
from kidview.ui.recent import remember
from kidview.ui.telling import in_ml

KEY = "open"
_SUFFIXES = [suffix for row in FORMATS for suffix in row.suffixes]
FILTERS = (f"Scans (*{' *'.join([*_SUFFIXES, '.dcm', '.zip'])})", "All files (*)")


def ask_file(context: Context) -> None:
    """Choose a file."""
    ask_path(context, QFileDialog.FileMode.ExistingFile, "Open scan", open_paths)


def ask_folder(context: Context) -> None:
    """Choose a folder."""
    ask_path(context, QFileDialog.FileMode.Directory, "Open DICOM folder", open_paths)


def ask_labels(context: Context) -> None:
    """Choose a label map for the open scan."""
    ask_path(
        context,
        QFileDialog.FileMode.ExistingFile,
        "Open labels",
        lambda c, paths: open_labels(c, paths[0]),
    )


def ask_path(
    context: Context,
    mode: QFileDialog.FileMode,
    title: str,
    then: Callable[[Context, list[Path]], None],
    folder: Path | None = None,
) -> None:
    """Choose with the system's dialog, from `folder` or the folder chosen from last."""
    dialog = QFileDialog(context.window, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(mode)
    if mode == QFileDialog.FileMode.ExistingFile:
        dialog.setNameFilters(FILTERS)
    dialog.setDirectory(str(folder or context.settings["last_folder"] or Path.home()))

    def chosen(name: str) -> None:
        context.settings.set("last_folder", str(Path(name).parent))
        then(context, [Path(name)])

    dialog.fileSelected.connect(chosen)
    dialog.open()


def open_paths(context: Context, paths: Sequence[Path]) -> None:
    """Open a scan, and upon it the label map named after it; asks about unsaved labels."""
    if not paths:
        return
    session = context.session
    if len(paths) == 1 and session.volume is not None and looks_like_labels(paths[0]):
        open_labels(context, paths[0])
        return
    scans = [p for p in paths if not looks_like_labels(p)] or [paths[0]]
    labels = [p for p in paths if p not in scans]
    if len(scans) + len(labels) > 2 or len(scans) > 1:
        context.window.say(f"Opening {scans[0].name}; one scan at a time")
    context.window.saving.ask_first(lambda: _open(context, scans[0], labels[0] if labels else None))


def open_scan(context: Context, path: Path) -> None:
    """Open a file as a scan whatever its name says; asks about unsaved labels."""
    context.window.notices.close_notice("error")
    context.window.saving.ask_first(lambda: _open(context, path))


def looks_like_labels(path: Path) -> bool:
    """Whether a file is named as label maps are (case_seg.nii.gz), or a DICOM SEG or RTSTRUCT."""
    stem = path.name.lower().split(".")[0]
    is_named = any(word in stem for word in ("seg", "label", "mask"))
    return path.is_file() and (is_named or kind_of(path) != "")


def _open(context: Context, path: Path, labels: Path | None = None) -> None:
    def work(task: Task) -> Volume | list[Choice]:
        found = find(path, task.part(0.0, 0.1))
        if sum(one.kind == "scan" for one in found) > 1:
            return [_choice(one, task) for one in found]
        return read_scan(found, task.part(0.1, 1.0))

    def done(result: Volume | list[Choice]) -> None:
        if isinstance(result, Volume):
            show(context, result)
            if labels is not None:
                open_labels(context, labels)
        else:
            SeriesPicker(context, path.name, result, lambda one: _read(context, one)).open()

    context.jobs.start(Job(f"Open {path.name}", KEY, work, done))


def _choice(found: Found, task: Task) -> Choice:
    """A line of the picker with its picture, made in the worker."""
    task.check()
    try:
        picture = None if found.kind == "other" else thumbnail(found)
    except ReadError:
        picture = None  # what is wrong is told if this one is chosen
    return Choice(found, picture)


def _read(context: Context, found: Found) -> None:
    """Read a scan that was chosen."""
    context.jobs.start(
        Job(
            f"Open {found.title}",
            KEY,
            lambda task: read_scan(found, task),
            lambda scan: show(context, scan),
        )
    )


def show(context: Context, volume: Volume) -> None:
    """Put a scan into the window and remember it."""
    context.session.open(volume)
    context.window.show_scan()
    _tell_notes(context, volume)
    if volume.source.format != "phantom":
        folder = context.window.folder
        context.jobs.start(
            Job(
                "Remember the scan",
                "recent",
                lambda task: remember(folder, volume),
                context.window.show_recents,
                failed=lambda error: None,  # no list is no reason to bother anybody
            )
        )


def _tell_notes(context: Context, volume: Volume) -> None:
    """One line with what is odd about the file; the rest on demand."""
    notes = volume.source.notes
    warnings = [note for note in notes if note.level is Level.WARNING]
    if not warnings:
        return
    more = f" (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
    context.window.notify(
        Notice(
            "notes",
            "warning",
            warnings[0].text + more,
            details="\n".join(note.text for note in notes),
        )
    )


def open_labels(
    context: Context, path: Path, resample: bool = False, roles: Mapping[str, int] | None = None
) -> None:
    """Read a label map upon the open scan; it becomes one undo step.

    Parameters
    ----------
    context : Context
    path : Path
    resample : bool
        Of another grid; of a SEG or RTSTRUCT take what lies on the scan.
    roles : mapping of str to int, optional
        Labels of a SEG's or RTSTRUCT's parts by name, 0 leaves one out.
    """
    session = context.session
    volume = session.volume
    if volume is None:
        context.window.say("Open a CT first, then its labels")
        return
    scan = volume

    def work(task: Task) -> tuple[LabelMap, str]:
        labels = read_labels(
            path, scan.geometry, scan.source, task=task, resample=resample, roles=roles
        )
        return labels, _resampled_in_words(path, labels, task) if resample else ""

    def done(result: tuple[LabelMap, str]) -> None:
        labels, changed = result
        if session.volume is not scan:
            return
        was_dirty = session.is_dirty
        context.window.notices.close_notice("error")
        again = ", what fits" if kind_of(path) else ", resampled"
        title = f"Labels of {path.name}{again if resample else ''}"
        if session.replace_labels(labels, title):
            context.window.say(f"{title} opened")
            if changed:
                context.window.notify(Notice("resampled", "warning", changed))
            _tell_label_notes(context, labels)
            context.window.saving.opened_from = path
            if not was_dirty and not resample and session.case is None:
                session.mark_saved()  # they are on disk as they are here
        else:
            context.window.say(f"{path.name} equals the labels already there")

    def failed(error: Exception) -> None:
        if isinstance(error, UnknownParts):
            PartsDialog(
                context.window,
                path.name,
                error.names,
                lambda named: open_labels(context, path, resample, named),
            ).open()
            return
        context.window.show_error(error, _ways_out(context, path, error, resample, roles))

    context.jobs.start(
        Job(
            f"Open {path.name}",
            "labels",
            work,
            done,
            failed,
        )
    )


def _ways_out(
    context: Context,
    path: Path,
    error: Exception,
    resample: bool,
    roles: Mapping[str, int] | None,
) -> tuple[tuple[str, Callable[[], object]], ...]:
    """What can be done about labels that did not open: title and function."""

    def again() -> None:
        open_labels(context, path, True, roles)

    if kind_of(path):  # never a scan, and not resampled either
        return (("Take what fits", again),) if isinstance(error, PartlyOutside) else ()
    other = ("Open it as a scan", lambda: open_scan(context, path))
    if isinstance(error, GridMismatch) and not resample:
        return (("Resample to the scan", again), other)
    return (other,)


def _tell_label_notes(context: Context, labels: LabelMap) -> None:
    """What was odd in a SEG or RTSTRUCT."""
    told = [note.text for note in labels.notes]
    if told:
        more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
        context.window.notify(
            Notice("label notes", "warning", told[0] + more, details="\n".join(told))
        )


def _resampled_in_words(path: Path, labels: LabelMap, task: Task) -> str:
    """Volumes before and after: what lies outside the scan or between its slices is lost."""
    if kind_of(path):
        return ""  # its own notes tell
    given = read_scan(path, task)
    mine, theirs = count_labels(labels.array), count_labels(given.hu)
    parts = [
        f"{row.name} {in_ml(theirs[row.id] * given.geometry.voxel_ml)} → "
        f"{in_ml(mine.get(row.id, 0) * labels.geometry.voxel_ml)}"
        for row in LABELS
        if row.id in theirs
    ]
    return f"Resampled to the scan by nearest neighbour: {', '.join(parts)}."


def open_demo(context: Context) -> None:
    """Make the demonstration case and let the network speak about it."""
    context.window.saving.ask_first(lambda: _make_demo(context))


def _make_demo(context: Context) -> None:
    from kidview.demo import make_phantom
    from kidview.ui.segmenting import segment

    def done(phantom: Volume) -> None:
        show(context, phantom)
        segment(context)

    context.jobs.start(
        Job("Make the demonstration case", KEY, lambda task: make_phantom(task=task)[0], done)
    )
