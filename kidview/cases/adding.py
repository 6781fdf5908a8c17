"""A new case: made whole beside the others under a hidden name, then moved among them."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kidview import __version__
from kidview.cases.case import IMAGE_FILE, Author, Case, Corrected, Image, Move
from kidview.cases.fit import refuse_misfit
from kidview.cases.folder import (
    refuse_reference,
    voxels_sha256,
    write_image,
    write_pair,
    write_record,
)
from kidview.cases.index import CaseRow, case_with_image, rows_of
from kidview.cases.lock import locked
from kidview.cases.moves import now
from kidview.cases.origin import origin_after
from kidview.cases.pseudonym import pseudonym, read_key
from kidview.cases.status import Status
from kidview.core.errors import CaseError
from kidview.core.labels import LABEL_NAMES, LabelMap
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.io import as_write_error, flush_folder, patient_key

_HALF_MADE = ".new-"
_DAY_S = 86400


@dataclass(frozen=True)
class Details:
    """What is known of a new scan besides its voxels.

    Parameters
    ----------
    refer : bool
        Leave the scan where it lies.
    patient : str
        What tells the patient apart, or the pseudonym of a patient of the store; "" for a
        scan that tells its patient itself or stands for one.
    case_id : str
        The one it had in the store it comes from; "" for others. It tells the patient too.
    labels : LabelMap or None
        A person's mask.
    by : str
        Name of that person.
    """

    refer: bool = False
    patient: str = ""
    case_id: str = ""
    labels: LabelMap | None = None
    by: str = ""


def add_case(store: Path, volume: Volume, details: Details, task: Task) -> Case:
    """Make a case of a scan; see `CaseStore.add`."""
    if details.refer:
        refuse_reference(volume)
    _refuse_contradictions(volume, details)
    sha256 = voxels_sha256(volume)
    _refuse_twice(store, sha256)
    with _half_made(store) as folder:
        image = Image(sha256, IMAGE_FILE)
        if details.refer:
            image = Image(sha256, local_path=str(volume.source.path.absolute()))
        else:
            write_image(volume, folder, task.part(0.0, 0.8))
        corrected = _write_mask(details.labels, folder, task.part(0.8, 1.0))
        with _adding(store, sha256) as (rows, key):
            patient = _patient_of(volume, sha256, details, rows, key)
            case_id = _free_id(patient, details.case_id, rows)
            case = _new_case(case_id, patient, volume, image, corrected, details.by)
            _move_in(case, folder, store)
    return case


def add_whole(store: Path, case: Case, fill: Callable[[Path], None]) -> Case:
    """Take over a case as another store kept it; it keeps its id unless that is taken.

    Parameters
    ----------
    store : Path
    case : Case
        Its scan is a copy.
    fill : callable
        Puts the files of the case into the folder it is given, and proves them.

    Returns
    -------
    Case
        Of this store.

    Raises
    ------
    CaseError
        The scan is a case already.
    WriteError
        Nothing was added then.
    """
    _refuse_twice(store, case.image.sha256)
    with _half_made(store) as folder:
        fill(folder)
        with _adding(store, case.image.sha256) as (rows, _):
            case = replace(case, case_id=_free_id(case.patient, case.case_id, rows))
            _move_in(case, folder, store)
    return case


def _refuse_contradictions(volume: Volume, details: Details) -> None:
    if details.patient and patient_key(volume.source):
        raise CaseError("the scan tells its patient itself", "leave the patient out")
    if details.labels is None:
        return
    refuse_misfit(details.labels, volume.geometry, LABEL_NAMES, "the scan")
    if not details.by:
        raise CaseError("nobody is named for the mask", "give the name of who made it")


def _refuse_twice(store: Path, sha256: str) -> None:
    found = case_with_image(store, sha256)
    if found is not None:
        raise CaseError(f"the scan is case {found} already", "go on with that case")


@contextmanager
def _half_made(store: Path) -> Iterator[Path]:
    """A folder that is no case yet; gone at the end, unless it was moved among the cases."""
    path = store / f"{_HALF_MADE}{secrets.token_hex(6)}"
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise as_write_error(path, error) from error
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _adding(store: Path, sha256: str) -> Iterator[tuple[tuple[CaseRow, ...], bytes]]:
    """The cases there are and the store's key, while nobody else may add one."""
    with locked(store):
        _refuse_twice(store, sha256)  # another program may have added it meanwhile
        rows = rows_of(store)
        yield rows, read_key(store, may_draw=not rows)
        _sweep_half_made(store)


def _write_mask(labels: LabelMap | None, folder: Path, task: Task) -> Corrected | None:
    """A person's mask of a new case: its labels are theirs, its background nobody's."""
    if labels is None:
        return None
    empty = np.zeros_like(labels.array)
    codes = origin_after(empty, empty, labels.array, np.zeros(empty.shape, bool), person=1)
    return write_pair(labels.array, codes, labels.geometry, folder, 1, task)


def _patient_of(
    volume: Volume, sha256: str, details: Details, rows: tuple[CaseRow, ...], key: bytes
) -> str:
    """The patient's pseudonym."""
    if details.case_id:
        return details.case_id.rpartition("-")[0]
    if details.patient in {row.patient for row in rows if row.patient}:
        return details.patient
    if details.patient:
        return pseudonym(key, f"named {details.patient}")
    known = patient_key(volume.source)
    return pseudonym(key, f"patient {known}" if known else f"scan {sha256}")


def _free_id(patient: str, wanted: str, rows: tuple[CaseRow, ...]) -> str:
    """An id no case has: the wanted one, or the patient's first free number."""
    taken = {row.case_id for row in rows}
    if wanted and wanted not in taken:
        return wanted
    number = 1
    while f"{patient}-{number}" in taken:
        number += 1
    return f"{patient}-{number}"


def _new_case(
    case_id: str, patient: str, volume: Volume, image: Image, corrected: Corrected | None, by: str
) -> Case:
    at = now()
    case = Case(
        case_id,
        patient,
        image,
        volume.geometry,
        created=at,
        changed=at,
        application=__version__,
        history=(Move(Status.NEW, f"KidView {__version__}", at),),
    )
    if corrected is None:
        return case
    steps = (Move(Status.IN_CORRECTION, by, at), Move(Status.CORRECTED, by, at))
    return replace(
        case,
        corrected=corrected,
        authors=(Author("person", by),),
        history=(*case.history, *steps),
    )


def _move_in(case: Case, half_made: Path, store: Path) -> None:
    """Write the record and move the folder among the cases: only then there is a case."""
    write_record(case, half_made)
    target = store / case.case_id
    try:
        os.rename(half_made, target)
    except OSError as error:
        raise as_write_error(target, error) from error
    flush_folder(store)


def _sweep_half_made(store: Path) -> None:
    """Remove what a killed program left, once it is too old for anybody to be writing it."""
    for path in store.glob(f"{_HALF_MADE}*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _DAY_S:
                shutil.rmtree(path, ignore_errors=True)
