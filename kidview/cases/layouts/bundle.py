"""A bundle: a zip with the folders of cases as they are in a store, and a sha256 of each file.

It keeps what the other layouts cannot: the prediction, who set each voxel, the readings, the
history. The scan goes along even where the store only refers to it, and no path goes along. The
store's key stays behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from kidview.cases.adding import add_whole
from kidview.cases.case import IMAGE_FILE, Case, Image, StoredFile
from kidview.cases.folder import read_image, read_map, write_image, write_record
from kidview.cases.index import case_with_image
from kidview.cases.layouts.checked_zip import CheckedZip, new_zip, open_zip
from kidview.cases.layouts.layout import Imported, Layout, Telling
from kidview.cases.layouts.target import beside, refuse_target
from kidview.cases.record import CASE_ID, RECORD_FILE, from_json
from kidview.cases.status import Status
from kidview.cases.store import CaseStore
from kidview.core.errors import BrokenFile, CaseError, KidViewError, WriteError
from kidview.core.task import Task
from kidview.io import write_atomically

_MEMBER = rf"{CASE_ID}/(case\.json|[a-z0-9-]+\.nii\.gz)"


def write(store: CaseStore, cases: Sequence[Case], target: Path, task: Task) -> dict[str, str]:
    """Write a set; see `Layout`."""
    refuse_target(target)
    with beside(target) as work:
        write_atomically(
            target,
            ".zip",
            partial(_pack, store, cases, work, task.part(0.0, 0.8)),
            partial(_check, len(cases), task.part(0.8, 1.0)),
            overwrite=False,
        )
    return {case.case_id: case.case_id for case in cases}


def _pack(store: CaseStore, cases: Sequence[Case], work: Path, task: Task, path: Path) -> None:
    with new_zip(path) as take:
        for n, case in enumerate(cases):
            part = task.part(n / len(cases), (n + 1) / len(cases))
            folder = work / case.case_id
            folder.mkdir()
            shared = case.without_local()
            # Written afresh, so that nothing goes along that was put into the file by hand.
            write_image(store.load_image(case, part.part(0.0, 0.4)), folder, part.part(0.4, 1.0))
            write_record(shared, folder)
            _prove_maps(case, store.folder / case.case_id)
            for name in (RECORD_FILE, *sorted(shared.files)):
                is_new = name in (RECORD_FILE, IMAGE_FILE)
                source = folder if is_new else store.folder / case.case_id
                take(f"{case.case_id}/{name}", source / name)
            (folder / IMAGE_FILE).unlink()  # one scan at a time lies there twice


def _check(count: int, task: Task, path: Path) -> None:
    """Read a bundle again as an import would."""
    try:
        with open_zip(path, _MEMBER, task) as bundle:
            found = len(_cases(bundle))
    except KidViewError as error:
        raise WriteError(f"the bundle reads back different: {error.what}", error.hint) from error
    if found != count:
        raise WriteError("the bundle reads back with other cases", "save it elsewhere")


def is_at(path: Path) -> bool:
    """Whether a path is a zip."""
    return path.is_file() and path.name.lower().endswith(".zip")


def read(store: CaseStore, path: Path, telling: Telling, task: Task) -> Imported:
    """Read a set, once all of it was found to be undamaged; nothing is added before.

    Raises
    ------
    BrokenFile
        It is damaged, or no bundle.
    CaseError
        A record is unusable.
    """
    if telling.patient:
        raise CaseError("a bundle says itself which patient a case is of", "leave out --patient")
    added: dict[str, str] = {}
    known: dict[str, str] = {}
    failed: dict[str, KidViewError] = {}
    with open_zip(path, _MEMBER, task.part(0.0, 0.3)) as bundle:
        cases = _cases(bundle)
        for n, case in enumerate(cases):
            part = task.part(0.3, 1.0).part(n / len(cases), (n + 1) / len(cases))
            here = case_with_image(store.folder, case.image.sha256)
            if here is not None:
                known[case.case_id] = here
                continue
            try:
                new = add_whole(store.folder, case, partial(_unpack, bundle, case, part))
                added[case.case_id] = new.case_id
            except WriteError:
                raise
            except KidViewError as error:
                failed[case.case_id] = error
    return Imported(added, known, failed)


def _cases(bundle: CheckedZip) -> list[Case]:
    """The cases of a bundle, each with exactly the files its record names."""
    if not bundle.names:
        raise BrokenFile(f"{bundle.name} holds no case", "export the set again")
    folders: dict[str, set[str]] = {}
    for member in bundle.names:
        case_id, _, name = member.partition("/")
        folders.setdefault(case_id, set()).add(name)
    return [_case(bundle, case_id, names) for case_id, names in sorted(folders.items())]


def _case(bundle: CheckedZip, case_id: str, names: set[str]) -> Case:
    place = f"{bundle.name}/{case_id}"
    if RECORD_FILE not in names:
        raise BrokenFile(f"{place}/{RECORD_FILE} is missing", "export the set again")
    case = from_json(bundle.read(f"{case_id}/{RECORD_FILE}"), f"{place}/{RECORD_FILE}")
    if case.case_id != case_id or case_id.rpartition("-")[0] != case.patient:
        raise BrokenFile(f"{place} is of another case or patient", "export the set again")
    if case.image != Image(case.image.sha256, IMAGE_FILE):
        raise BrokenFile(
            f"{place}/{RECORD_FILE} refers to a scan on another machine", "export the set again"
        )
    if names != {RECORD_FILE, *case.files}:
        raise BrokenFile(f"{place} lacks a file, or has one too many", "export the set again")
    for stored, _ in _maps(case):
        if stored.sha256 != bundle.sha256(f"{case_id}/{stored.file}"):
            raise BrokenFile(
                f"{place}/{stored.file} is not the file its record tells of", "export the set again"
            )
    return case


def _unpack(bundle: CheckedZip, case: Case, task: Task, folder: Path) -> None:
    for name in case.files:
        bundle.extract(f"{case.case_id}/{name}", folder / name)
    read_image(case, folder, task)
    _prove_maps(case, folder)


def _prove_maps(case: Case, folder: Path) -> None:
    """Raise CaseError unless every mask is the one of the record and can be read."""
    for stored, highest in _maps(case):
        read_map(case, stored, folder, highest)


def _maps(case: Case) -> Iterator[tuple[StoredFile, int]]:
    """All masks of a case and its map of origins, each with the highest value it may hold."""
    if case.prediction is not None:
        yield case.prediction, max(case.labels)
    if case.corrected is not None:
        yield case.corrected.mask, max(case.labels)
        yield case.corrected.origin, len(case.authors)
    for reading in case.readings:
        yield reading.mask, max(case.labels)


LAYOUT = Layout(
    "bundle",
    "bundle of KidView",
    target=r".+\.zip",
    example="cases.zip",
    statuses=frozenset(Status),
    write=write,
    is_at=is_at,
    read=read,
)
