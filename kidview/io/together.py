"""Labels and a copy of their series, both without people, or neither of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from kidview.core.errors import WriteError
from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.core.volume import Source
from kidview.io.atomic import as_write_error, flush_folder, refuse
from kidview.io.beside import name_beside, sweep_beside
from kidview.io.dicom_copy import copy_series
from kidview.io.exports import Choices, Export, export_labels, targets_of
from kidview.io.receipt import Receipt

Move = tuple[Path, Path]


def export_with_series(
    labels: LabelMap,
    source: Source,
    path: Path,
    row: Export,
    choices: Choices,
    folder: Path,
    *,
    overwrite: bool = False,
    task: Task | None = None,
) -> tuple[tuple[Receipt, ...], int]:
    """Write labels and copy their series; whatever stops it, nothing is left half done.

    Both are made in hidden folders beside their places and moved when all of it is read back.

    Parameters
    ----------
    labels : LabelMap
    source : Source
        Of the scan: a DICOM series.
    path : Path
        Of the labels.
    row : Export
        A DICOM form.
    choices : Choices
        With a disguise.
    folder : Path
        Of the copy: an empty one, or one that is not there in a folder that is.
    overwrite : bool
        Whether `path` may exist.
    task : Task, optional

    Returns
    -------
    tuple of Receipt
    int
        Files of the series.

    Raises
    ------
    WriteError
        A place cannot be taken, the disk is full, or a file does not read back.
    """
    task, protected = task or Task(), (source.path, *source.header.get("files", ()))
    if choices.disguise is None:
        raise WriteError("a copy of the series needs names taken out", "choose how")
    path, folder = path.absolute(), folder.absolute()
    targets = targets_of(row, path, choices.wanted)
    for target in targets:
        refuse(target, overwrite, protected)
    refuse_folder(folder)
    with _hidden(path) as place, _hidden(folder / "x" if folder.is_dir() else folder) as copy:
        count = copy_series(source, copy, choices.disguise, task.part(0.0, 0.5))
        receipts = export_labels(
            labels, source, place / path.name, row, choices, task=task.part(0.5, 1.0)
        )
        for target in targets:
            refuse(target, overwrite, protected)  # it may have appeared meanwhile
        refuse_folder(folder, but=(place, copy))
        if folder.is_dir():
            moves = [(one, folder / one.name) for one in sorted(copy.iterdir())]
        else:
            moves = [(copy, folder)]
        moves += [(one.path, path.with_name(one.path.name)) for one in receipts]
        _move_all(moves, path.parent, place)
    return tuple(replace(one, path=path.with_name(one.path.name)) for one in receipts), count


def refuse_folder(folder: Path, but: Sequence[Path] = ()) -> None:
    """Raise WriteError if a series must not be copied there; nothing of the user's is touched.

    Parameters
    ----------
    folder : Path
    but : sequence of Path
        What may lie in it.
    """
    try:
        if not folder.absolute().parent.is_dir():
            raise WriteError(
                f"the folder {folder.parent} does not exist", "make it first or choose another"
            )
        if not folder.exists():
            return
        if not folder.is_dir():
            raise WriteError(f"{folder.name} is a file", "give a folder for the series")
        sweep_beside(folder / "x")
        if any(one not in but for one in folder.iterdir()):
            raise WriteError(f"the folder {folder.name} is not empty", "choose another one")
    except OSError as error:
        raise as_write_error(folder, error) from error


@contextmanager
def _hidden(place: Path) -> Iterator[Path]:
    """A hidden folder beside a place, which goes away whatever happens."""
    sweep_beside(place)
    made = name_beside(place)
    try:
        made.mkdir()
        yield made
    except OSError as error:
        raise as_write_error(place, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _move_all(moves: Sequence[Move], folder: Path, aside: Path) -> None:
    """Move everything, or put back what was moved; old files wait in `aside` meanwhile."""
    if len({to for _, to in moves}) < len(moves):
        raise WriteError("the labels have the name of a slice of the series", "choose another name")
    done: list[Move] = []
    try:
        for made, to in moves:
            if to.exists():
                old = aside / f"old {to.name}"
                done.append((to, old))
                os.replace(to, old)
                made.chmod(old.stat().st_mode & 0o777)
            done.append((made, to))  # before the move: Ctrl+C may come right behind it
            os.replace(made, to)
    except BaseException:
        _put_back(done)
        raise
    flush_folder(folder)


def _put_back(done: Iterable[Move]) -> None:
    for was, now in reversed(list(done)):
        if not was.exists() and now.exists():
            os.replace(now, was)
