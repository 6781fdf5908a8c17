"""A new case: made whole beside the others under a hidden name, then moved among them."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

from kidview import __version__
from kidview.cases.case import IMAGE_FILE, Case, Image, Move
from kidview.cases.folder import refuse_reference, voxels_sha256, write_image, write_record
from kidview.cases.index import case_with_image, rows_of
from kidview.cases.lock import locked
from kidview.cases.moves import now
from kidview.cases.pseudonym import pseudonym, read_key
from kidview.cases.status import Status
from kidview.core.errors import CaseError
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.io import as_write_error, flush_folder, patient_key

_HALF_MADE = ".new-"
_DAY_S = 86400


def add_case(store: Path, volume: Volume, refer: bool, task: Task) -> Case:
    """Make a case of a scan; see `CaseStore.add`."""
    if refer:
        refuse_reference(volume)
    sha256 = voxels_sha256(volume)
    _refuse_twice(store, sha256)
    half_made = _half_made(store)
    try:
        image = Image(sha256, IMAGE_FILE)
        if refer:
            image = Image(sha256, local_path=str(volume.source.path.absolute()))
        else:
            write_image(volume, half_made, task)
        with locked(store):  # another program may have added the same scan meanwhile
            _refuse_twice(store, sha256)
            case = _new_case(store, volume, image)
            write_record(case, half_made)
            _move_in(half_made, store / case.case_id)
            _sweep_half_made(store)
    finally:
        shutil.rmtree(half_made, ignore_errors=True)
    return case


def _refuse_twice(store: Path, sha256: str) -> None:
    found = case_with_image(store, sha256)
    if found is not None:
        raise CaseError(f"the scan is case {found} already", "go on with that case")


def _half_made(store: Path) -> Path:
    """A folder that is no case yet."""
    path = store / f"{_HALF_MADE}{secrets.token_hex(6)}"
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise as_write_error(path, error) from error
    return path


def _new_case(store: Path, volume: Volume, image: Image) -> Case:
    rows = rows_of(store)
    key = read_key(store, may_draw=not rows)
    known = patient_key(volume.source)
    patient = pseudonym(key, f"patient {known}" if known else f"scan {image.sha256}")
    taken = {row.case_id for row in rows}
    number = 1
    while f"{patient}-{number}" in taken:
        number += 1
    at = now()
    return Case(
        f"{patient}-{number}",
        patient,
        image,
        volume.geometry,
        created=at,
        changed=at,
        application=__version__,
        history=(Move(Status.NEW, f"KidView {__version__}", at),),
    )


def _move_in(half_made: Path, target: Path) -> None:
    try:
        os.rename(half_made, target)
    except OSError as error:
        raise as_write_error(target, error) from error
    flush_folder(target.parent)


def _sweep_half_made(store: Path) -> None:
    """Remove what a killed program left, once it is too old for anybody to be writing it."""
    for path in store.glob(f"{_HALF_MADE}*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _DAY_S:
                shutil.rmtree(path, ignore_errors=True)
