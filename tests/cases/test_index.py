"""The list is right whatever happened to the index or to the folders."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kidview.cases import CaseStore, Image, Status, index
from kidview.cases.folder import write_record
from tests.cases.conftest import corrected, scan
from tests.cases.test_record import FULL


def ids(store: CaseStore) -> list[str]:
    return [row.case_id for row in store.rows()]


def fill(store: CaseStore, count: int) -> None:
    """Records whose files hold nothing of use: of a hundred patients, `count` in all."""
    for n in range(count):
        patient = f"P-{n % 100:08d}"
        case = replace(
            FULL,
            case_id=f"{patient}-{n // 100 + 1}",
            patient=patient,
            image=Image(f"{n:064x}", "image.nii.gz"),
        )
        folder = store.folder / case.case_id
        folder.mkdir(parents=True)
        for name in case.files:
            (folder / name).write_bytes(b"x")
        write_record(case, folder)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The records that were read, one after the other."""
    found: list[Path] = []
    real = index.read_record

    def read(path: Path) -> Any:
        found.append(path)
        return real(path)

    monkeypatch.setattr(index, "read_record", read)
    return found


def test_a_thousand_cases_are_listed_and_read_once(
    store: CaseStore, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)  # the disk is not what is tried
    fill(store, 1000)
    rows = store.rows()
    assert len(rows) == len(reads) == 1000
    assert rows[1].case_id == "P-00000000-2", "numbers in their order, not 10 before 2"
    assert (rows[0].status, rows[0].model) == (Status.APPROVED, "kidview-small 1.0")
    assert (rows[0].correctors, rows[0].reviewer) == ("Ann", "Bob")
    assert store.rows() == rows
    assert len(reads) == 1000, "nothing changed, so nothing is read again"


def test_the_list_tells_what_the_record_does(store: CaseStore) -> None:
    case = corrected(store)
    (row,) = store.rows()
    assert row == index.row_of(case) == index.row_of(store.read(case.case_id))
    assert (row.status, row.correctors, row.error) == (Status.CORRECTED, "Ann", "")


@pytest.mark.parametrize("damage", ["missing", "text", "cut", "table", "format", "folder"])
def test_an_index_that_does_not_work_is_made_again(damage: str, store: CaseStore) -> None:
    fill(store, 12)
    rows = store.rows()
    path = store.folder / "index.sqlite"
    if damage == "missing":
        path.unlink()
    elif damage == "text":
        path.write_bytes(b"this is no database" * 300)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        with closing(sqlite3.connect(path)) as database, database:
            if damage == "table":
                database.execute("DROP TABLE cases")
            else:
                database.execute("PRAGMA user_version = 77")
    assert store.rows() == rows
    assert store.rows() == rows


def test_only_what_changed_is_read_again(store: CaseStore, reads: list[Path]) -> None:
    fill(store, 5)
    rows = store.rows()
    reads.clear()
    changed = store.folder / rows[2].case_id / "case.json"
    text = changed.read_text()
    assert '"reviewer": "Bob"' in text
    changed.write_text(text.replace('"Bob"', '"Eve"'))  # of the same length
    os.utime(changed, ns=(1, changed.stat().st_mtime_ns + 1000))
    assert [row.reviewer for row in store.rows()] == ["Bob", "Bob", "Eve", "Bob", "Bob"]
    assert reads == [changed]


def test_a_record_put_in_place_of_another_is_seen_even_with_its_time(store: CaseStore) -> None:
    fill(store, 1)
    (row,) = store.rows()
    path = store.folder / row.case_id / "case.json"
    told, beside = path.stat(), path.with_name("other")
    beside.write_text(path.read_text().replace('"Bob"', '"Eve"'))
    os.utime(beside, ns=(told.st_atime_ns, told.st_mtime_ns))
    beside.replace(path)
    assert store.rows()[0].reviewer == "Eve"


def test_cases_that_came_and_went_by_hand_are_noticed(store: CaseStore) -> None:
    fill(store, 3)
    first, second, third = ids(store)
    shutil.copytree(store.folder / second, store.folder.parent / second)
    shutil.rmtree(store.folder / second)
    assert ids(store) == [first, third]
    shutil.move(store.folder.parent / second, store.folder / second)
    assert ids(store) == [first, second, third]


def test_a_broken_case_does_not_hide_the_others(store: CaseStore) -> None:
    fill(store, 3)
    first, second, third = ids(store)
    (store.folder / first / "case.json").unlink()
    (store.folder / second / "case.json").write_bytes(b'{"schema": 1, "\\ud800": 2}')
    rows = store.rows()
    assert [row.case_id for row in rows] == [first, second, third]
    assert rows[0].error.startswith(f"{first}/case.json is missing - ")
    assert rows[1].error.startswith(f"{second}/case.json: field 'authors' is missing")
    assert rows[2].error == ""
    assert store.rows() == rows


def test_what_is_no_case_is_left_alone(store: CaseStore) -> None:
    case = store.add(scan())
    (store.folder / "notes of the clinic").mkdir()
    (store.folder / ".new-half").mkdir()
    (store.folder / "P-text.txt").write_text("x")
    assert ids(store) == [case.case_id]
