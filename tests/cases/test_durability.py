"""Whatever ends a write, the case is the old one or the new one, and whole."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kidview.cases import CaseStore, lock
from kidview.cases.lock import locked
from kidview.core.errors import WriteError
from kidview.io import atomic
from tests.cases.conftest import MODEL, corrected, mask, nothing_painted, scan

KILLED = """
import os, signal, sys
from pathlib import Path
from kidview.cases import CaseStore
from tests.cases.conftest import mask, nothing_painted, scan

store, what, moment = CaseStore(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
replace, rename, count = os.replace, os.rename, 0

def counted(move, source, target):
    global count
    count += 1
    if count == moment:
        os.kill(os.getpid(), signal.SIGKILL)
    move(source, target)

os.replace = lambda source, target: counted(replace, source, target)
os.rename = lambda source, target: counted(rename, source, target)
case = None if what == "add" else store.read(store.rows()[0].case_id)
if what == "add":
    store.add(scan(9))
elif what == "read":
    store.write_reading(case, mask(7), "Bea")
else:
    store.write_corrected(case, mask(7), nothing_painted(), "Bob")
print("done")
"""


def killed(store: CaseStore, what: str, moment: int) -> bool:
    """Run a write that is killed before its n-th move into place; False if it got through."""
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(store.folder), what, str(moment)],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ended.returncode == 0:
        return False
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    return True


def in_progress(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*")]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_kill_while_saving_leaves_the_old_case(store: CaseStore) -> None:
    case = corrected(store)
    moment = 1
    while killed(store, "save", moment):
        read = store.read(case.case_id)
        assert read == case
        assert np.array_equal(store.load_corrected(read).array, mask(2).array)
        assert store.load_origin(read).shape == mask(2).array.shape
        assert in_progress(store.folder / case.case_id)
        moment += 1
    assert moment == 4, "mask, origin and record are moved into place one after the other"
    read = store.read(case.case_id)
    assert np.array_equal(store.load_corrected(read).array, mask(7).array)
    there = {path.name for path in (store.folder / case.case_id).iterdir()}
    assert there == {"case.json", *read.files}, "and what was left behind is gone"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_kill_while_keeping_a_reading_leaves_the_one_before(store: CaseStore) -> None:
    case = store.write_reading(corrected(store), mask(5), "Bea")
    moment = 1
    while killed(store, "read", moment):
        read = store.read(case.case_id)
        assert read == case
        assert np.array_equal(store.load_reading(read, read.readings[0]).array, mask(5).array)
        assert in_progress(store.folder / case.case_id)
        moment += 1
    assert moment == 3, "mask and record are moved into place one after the other"
    read = store.read(case.case_id)
    assert np.array_equal(store.load_reading(read, read.readings[0]).array, mask(7).array)
    assert np.array_equal(store.load_corrected(read).array, mask(2).array)
    there = {path.name for path in (store.folder / case.case_id).iterdir()}
    assert there == {"case.json", *read.files}, "and what was left behind is gone"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_kill_while_adding_leaves_no_half_case(store: CaseStore) -> None:
    case = store.add(scan())
    moment = 1
    while killed(store, "add", moment):
        assert [row.case_id for row in store.rows()] == [case.case_id]
        moment += 1
    assert moment == 4, "image, record, folder"
    assert len(store.rows()) == 2
    assert not any(row.error for row in store.rows())


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_full_disk_is_told_and_changes_nothing(
    call: str, store: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = corrected(store)
    before = {path: path.read_bytes() for path in (store.folder / case.case_id).iterdir()}

    for failing in (1, 2, 3):
        calls = iter(range(1, 100))
        real = getattr(os, call)

        def full(*given: Any, real: Any = real, calls: Any = calls, failing: int = failing) -> Any:
            if next(calls) == failing:
                raise OSError(errno.ENOSPC, "no space left")
            return real(*given)

        with monkeypatch.context() as patch:
            patch.setattr(atomic.os, call, full)
            if call == "fsync" and failing == 2:
                continue  # the flush of a folder, which some systems refuse anyway
            with pytest.raises(WriteError, match="the disk is full"):
                store.write_corrected(case, mask(7), nothing_painted(), "Bob")
        after = {path: path.read_bytes() for path in (store.folder / case.case_id).iterdir()}
        assert after == before, f"at move {failing}"
    store.write_corrected(case, mask(7), nothing_painted(), "Bob")


def test_a_full_disk_while_adding_leaves_no_case(
    store: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: Any) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", full)
        with pytest.raises(WriteError, match="the disk is full"):
            store.add(scan())
    assert store.rows() == ()
    assert in_progress(store.folder) == []
    store.add(scan())


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root"
)
def test_a_store_that_may_not_be_written_is_still_listed(store: CaseStore) -> None:
    case = store.add(scan())
    store.folder.chmod(0o500)
    try:
        assert [row.case_id for row in store.rows()] == [case.case_id]
        with pytest.raises(WriteError):
            store.add(scan(1))
    finally:
        store.folder.chmod(0o700)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root"
)
def test_without_the_right_to_lock_nothing_is_written(store: CaseStore) -> None:
    case = store.add(scan())
    (store.folder / "lock.sqlite").chmod(0o400)
    with pytest.raises(WriteError, match="cannot be locked for writing"):
        store.write_notes(case, "note")


def test_a_store_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WriteError, match="could not be written"):
        CaseStore(tmp_path / "file" / "cases").add(scan())


def test_two_writers_wait_for_each_other(store: CaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    case = store.add(scan())
    held, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(store.folder):
            held.set()
            leave.wait(20)

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(20)
    monkeypatch.setattr(lock, "WAIT_S", 0.05)
    with pytest.raises(WriteError, match="another program is writing to the case store"):
        store.write_prediction(case, mask(1), MODEL)
    leave.set()
    other.join()
    store.write_prediction(case, mask(1), MODEL)
