"""case.json: a case as text and back, checked field by field, older versions brought up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np

from kidview.cases.case import (
    Author,
    AuthorKind,
    Case,
    Corrected,
    Image,
    Move,
    Reading,
    StoredFile,
    is_same_person,
)
from kidview.cases.fields import HINT, Fields, as_number
from kidview.cases.origin import MOST_AUTHORS
from kidview.cases.status import NEEDS_CORRECTED, NEEDS_PREDICTION, Status
from kidview.core.errors import BadGeometry, CaseError
from kidview.core.geometry import Geometry
from kidview.core.labels import LABEL_NAMES

SCHEMA = 2
RECORD_FILE = "case.json"
CASE_ID = r"P-[0-9A-Z]{8}-[1-9][0-9]*"
_PATIENT = r"P-[0-9A-Z]{8}"
_SHA256 = r"[0-9a-f]{64}"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_FARTHEST = 1e6  # mm, and voxels along an axis; no scan is larger
_FILE = r"[a-z0-9-]+\.nii\.gz"  # a plain name: it leads nowhere else

Table = dict[str, Any]


def _with_readings(table: Table) -> Table:
    """Version 2: readers may keep masks of their own, and a prediction tells its doubt."""
    told = table.get("prediction")
    prediction = told | {"doubt": None} if isinstance(told, dict) else told
    return table | {"readings": [], "prediction": prediction}


MIGRATIONS: dict[int, Callable[[Table], Table]] = {1: _with_readings}
"""Version n -> what turns its table into one of version n + 1."""


def to_json(case: Case) -> str:
    """The record as it is written to disk."""
    table = {
        "schema": SCHEMA,
        "case_id": case.case_id,
        "patient": case.patient,
        "revision": case.revision,
        "application": case.application,
        "status": case.status.value,
        "created": case.created,
        "changed": case.changed,
        "image": vars(case.image),
        "geometry": {
            "shape_zyx": list(case.geometry.shape_zyx),
            "zyx_to_ras": case.geometry.zyx_to_ras.tolist(),
        },
        "labels": {name: value for value, name in case.labels.items()},
        "authors": [{"code": n, **vars(one)} for n, one in enumerate(case.authors, start=1)],
        "prediction": None
        if case.prediction is None
        else vars(case.prediction) | {"author": case.model, "doubt": case.doubt},
        "corrected": None
        if case.corrected is None
        else {"mask": vars(case.corrected.mask), "origin": vars(case.corrected.origin)},
        "readings": [{"by": r.by, "at": r.at, **vars(r.mask)} for r in case.readings],
        "reviewer": case.reviewer,
        "history": [{"status": m.status.value, "by": m.by, "at": m.at} for m in case.history],
        "editing": {"seconds": case.seconds, "operations": dict(case.operations)},
        "notes": case.notes,
    }
    return json.dumps(table, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_record(path: Path) -> Case:
    """Read and check a case.json.

    Parameters
    ----------
    path : Path
        In the case's folder, whose name must be the case's.

    Raises
    ------
    CaseError
        It cannot be read, or a field is missing, unknown, of another kind or impossible; the
        message names file and field.
    """
    name = f"{path.parent.name}/{RECORD_FILE}"
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise CaseError(f"{name} is missing", "take the case from a backup") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise CaseError(f"{name} cannot be read ({reason})", "check the disk") from error
    case = from_json(raw, name)
    if case.case_id != path.parent.name:
        raise CaseError(
            f"{name}: field 'case_id' is {case.case_id}, unlike its folder",
            "give the folder its name back",
        )
    return case


def from_json(raw: bytes, name: str) -> Case:
    """A record from the bytes of a file called `name`; raises as `read_record`."""
    try:
        table = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise CaseError(f"{name} is no JSON", HINT) from error
    fields = Fields(_up_to_date(table, name), name)
    fields.take("schema")
    case = _case(fields)
    fields.end()
    return case


def _refuse_constant(word: str) -> None:
    raise ValueError(word)  # NaN and Infinity are no JSON


def _up_to_date(table: object, name: str) -> object:
    """The table in the present version."""
    if not isinstance(table, dict):
        return table
    version = Fields(table, name).whole("schema")
    if version > SCHEMA:
        raise CaseError(
            f"{name}: field 'schema' is {version}, this program knows up to {SCHEMA}",
            "open it with the newer KidView it was written by",
        )
    while version < SCHEMA:
        if version not in MIGRATIONS:
            raise CaseError(f"{name}: field 'schema' is {version}, which never was", HINT)
        table = MIGRATIONS[version](table)
        version += 1
    return table


def _case(fields: Fields) -> Case:
    authors = _authors(fields)
    prediction, model, doubt = _prediction(fields, authors)
    corrected = _corrected(fields)
    history = tuple(_move(one) for one in fields.tables("history"))
    seconds, operations = _editing(fields.table("editing"))
    case = Case(
        case_id=fields.text("case_id", CASE_ID, "P-7F3A2C9K-1"),
        patient=fields.text("patient", _PATIENT, "P-7F3A2C9K"),
        image=_image(fields.table("image")),
        geometry=_geometry(fields.table("geometry")),
        created=fields.text("created", _TIME, "2026-01-31T12:00:00Z"),
        changed=fields.text("changed", _TIME, "2026-01-31T12:00:00Z"),
        application=fields.text("application"),
        history=history,
        revision=fields.whole("revision", 1),
        labels=_labels(fields.table("labels")),
        authors=authors,
        prediction=prediction,
        model=model,
        doubt=doubt,
        corrected=corrected,
        readings=_readings(fields),
        reviewer=fields.text("reviewer"),
        seconds=seconds,
        operations=operations,
        notes=fields.text("notes"),
    )
    _refuse_contradictions(case, fields)
    return case


def _refuse_contradictions(case: Case, fields: Fields) -> None:
    """What is possible field by field but not together."""
    status = Status(fields.choice("status", Status))
    if not case.history or case.status is not status:
        raise fields.wrong("status", "is not the last of field 'history'")
    if status in NEEDS_PREDICTION and case.prediction is None:
        raise fields.wrong("prediction", f"is missing, but the case is {status}")
    if status in NEEDS_CORRECTED and case.corrected is None:
        raise fields.wrong("corrected", f"is missing, but the case is {status}")
    if status is Status.APPROVED:
        if not case.reviewer.strip():
            raise fields.wrong("reviewer", "is empty, but the case is approved")
        if any(is_same_person(case.reviewer, name) for name in case.makers):
            raise fields.wrong("reviewer", "names somebody whose work is in the corrected mask")


def _image(fields: Fields) -> Image:
    image = Image(
        fields.text("sha256", _SHA256, "64 digits 0-9 a-f"),
        fields.text("file", f"({_FILE})?", "image.nii.gz"),
        fields.text("local_path"),
    )
    if bool(image.file) == bool(image.local_path):
        raise fields.wrong("file", "and field 'image.local_path': exactly one must be given")
    fields.end()
    return image


def _geometry(fields: Fields) -> Geometry:
    shape, rows = fields.take("shape_zyx"), fields.take("zyx_to_ras")
    if not _are_numbers(shape, 3) or not all(isinstance(n, int) and n > 0 for n in shape):
        raise fields.wrong("shape_zyx", "must be three whole numbers from 1")
    if not isinstance(rows, list) or len(rows) != 4 or not all(_are_numbers(r, 4) for r in rows):
        raise fields.wrong("zyx_to_ras", "must be four rows of four numbers")
    fields.end()
    try:
        return Geometry((shape[0], shape[1], shape[2]), np.array(rows, np.float64))
    except BadGeometry as error:
        raise fields.wrong("", f"makes no grid: {error.what}") from error


def _are_numbers(value: object, count: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == count
        and all((n := as_number(one)) is not None and abs(n) <= _FARTHEST for one in value)
    )


def _labels(fields: Fields) -> dict[int, str]:
    """Values and names as they are known here: a mask with others would be misread."""
    found = {}
    for name in fields.names():
        value = fields.whole(name, 1)
        if LABEL_NAMES.get(value) != name:
            raise fields.wrong(name, f"is {value}, which is no label of this program")
        found[value] = name
    return found


def _authors(fields: Fields) -> tuple[Author, ...]:
    rows = fields.tables("authors")
    if len(rows) > MOST_AUTHORS:
        raise fields.wrong("authors", f"has more than {MOST_AUTHORS} rows")
    return tuple(_author(row, code) for code, row in enumerate(rows, start=1))


def _author(fields: Fields, code: int) -> Author:
    if fields.whole("code") != code:
        raise fields.wrong("code", f"must be {code}: codes count from 1 in their order")
    kind = cast(AuthorKind, fields.choice("kind", get_args(AuthorKind)))
    name, version = fields.text("name"), fields.text("version")
    if not name.strip():
        raise fields.wrong("name", "is empty")
    sha256 = fields.text("sha256", f"({_SHA256})?", "64 digits 0-9 a-f")
    fields.end()
    return Author(kind, name, version, sha256)


def _stored(fields: Fields) -> StoredFile:
    return StoredFile(
        fields.text("file", _FILE, "corrected-3.nii.gz"),
        fields.text("sha256", _SHA256, "64 digits 0-9 a-f"),
    )


def _prediction(
    fields: Fields, authors: tuple[Author, ...]
) -> tuple[StoredFile | None, int, float | None]:
    table = fields.table_or_none("prediction")
    if table is None:
        return None, 0, None
    found, code = _stored(table), table.whole("author", 1)
    if code > len(authors) or authors[code - 1].kind != "model":
        raise table.wrong("author", "is not the code of a model in field 'authors'")
    doubt = table.number_or_none("doubt")
    table.end()
    return found, code, doubt


def _corrected(fields: Fields) -> Corrected | None:
    table = fields.table_or_none("corrected")
    if table is None:
        return None
    mask, origin = table.table("mask"), table.table("origin")
    found = Corrected(_stored(mask), _stored(origin))
    for one in (mask, origin, table):
        one.end()
    return found


def _readings(fields: Fields) -> tuple[Reading, ...]:
    found: list[Reading] = []
    for row in fields.tables("readings"):
        by = row.text("by")
        if not by.strip():
            raise row.wrong("by", "is empty")
        if any(is_same_person(by, other.by) for other in found):
            raise row.wrong("by", "names a reader who has a reading already")
        found.append(Reading(by, row.text("at", _TIME, "2026-01-31T12:00:00Z"), _stored(row)))
        row.end()
    return tuple(found)


def _move(fields: Fields) -> Move:
    move = Move(
        Status(fields.choice("status", Status)),
        fields.text("by"),
        fields.text("at", _TIME, "2026-01-31T12:00:00Z"),
    )
    fields.end()
    return move


def _editing(fields: Fields) -> tuple[float, dict[str, int]]:
    seconds, table = fields.number("seconds"), fields.table("operations")
    operations = {name: table.whole(name) for name in table.names()}
    fields.end()
    return seconds, operations
