"""Pools are filled by one recipe, survive damage and sudden ends, and can be looked at."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from kidview.core.errors import BrokenFile, SettingError, WriteError
from trainer.__main__ import main
from trainer.data.pool import Pool, PoolItem
from trainer.data.prepared import OnGrid, Prepared
from trainer.synthesis import pool as synth
from trainer.synthesis import prepare_bank
from trainer.synthesis.montage import montage

ROOT = Path(__file__).resolve().parents[2]
GRID = (1.5, 1.5, 1.5)


def put(folder: Path, number: int = 0, seed: int = 5, held_back: bool = False) -> Path:
    labels = np.zeros((6, 40, 50), np.uint8)
    labels[2:4, 10:20, 10:20] = 1
    meta = {"seed": [seed, number], "held_back": held_back}
    return Pool(folder).write(number, PoolItem(labels * np.int16(90), labels, GRID, meta))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Drawing without a bank, which takes no time; the list holds a number a sample."""
    made: list[int] = []

    def draw(*_: object) -> SimpleNamespace:
        labels = np.zeros((2, 3, 4), np.uint8)
        made.append(len(made))
        return SimpleNamespace(hu=labels * np.int16(1), labels=labels, spacing_zyx=GRID, meta={})

    monkeypatch.setattr(synth, "draw_sample", draw)
    monkeypatch.setattr(synth, "load_bank", lambda *_: None)
    return made


def test_a_pool_is_filled_further_by_the_same_recipe_only(
    tmp_path: Path, drawn: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["synth", str(tmp_path / "pool"), "--bank", "b", "--seed", "5", "--count"]
    assert main([*words, "2"]) == 0
    assert main([*words, "3"]) == 0 and len(drawn) == 3
    capsys.readouterr()
    assert main([*words, "4", "--held-back"]) == 1
    assert "pool holds training samples - choose another folder" in capsys.readouterr().err
    words[5] = "6"
    assert main([*words, "4"]) == 1
    assert "pool holds samples of seed 5 - give that --seed" in capsys.readouterr().err
    assert len(drawn) == len(Pool(tmp_path / "pool").paths()) == 3


def test_a_sample_that_tells_no_seed_is_of_another_recipe(tmp_path: Path) -> None:
    labels = np.zeros((2, 2, 2), np.uint8)
    Pool(tmp_path).write(0, PoolItem(labels * np.int16(1), labels, GRID, {"held_back": True}))
    with pytest.raises(SettingError, match="samples of seed unknown"):
        synth.check_pool(Pool(tmp_path), 0, held_back=True)


def test_damaged_samples_are_told_with_their_name(tmp_path: Path) -> None:
    path = put(tmp_path)
    whole = path.read_bytes()
    for content in (b"", whole[: len(whole) // 2], whole[:-10], b"nonsense", b"PK\x03\x04"):
        path.write_bytes(content)
        for read in (Pool(tmp_path).load, Pool(tmp_path).meta):
            with pytest.raises(BrokenFile, match="sample_000000.npz is no sample"):
                read(path)
    np.savez(path.with_suffix(""), hu=1, labels=2, meta=json.dumps([]))
    with pytest.raises(BrokenFile, match="sample_000000.npz is no sample"):
        Pool(tmp_path).load(path)


def test_an_empty_kept_sample_is_made_again(tmp_path: Path) -> None:
    source = put(tmp_path / "pool")
    kept = Prepared(tmp_path / "kept")
    labels = np.zeros((2, 2, 2), np.uint8)
    kept.save("a", GRID, "trains", OnGrid(labels.astype(np.int16), labels))
    found = kept.load("a", GRID, [source], "trains")
    assert found is not None and found.changed is None
    assert kept.load("a", GRID, [source, tmp_path / "gone"], "trains") is None
    (path,) = (tmp_path / "kept").rglob("a.npz")
    path.write_bytes(b"")
    assert kept.load("a", GRID, [source], "trains") is None


def test_two_processes_never_write_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(np, "savez_compressed", lambda file, **_: seen.append(file.name))
    for pid in (1, 2):
        monkeypatch.setattr(os, "getpid", lambda pid=pid: pid)
        put(tmp_path)
    assert len(set(seen)) == 2


def test_what_cannot_be_written_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    for failing, error in ((stopped, KeyboardInterrupt), (full, WriteError)):
        monkeypatch.setattr(np, "savez_compressed", failing)
        with pytest.raises(error):
            put(tmp_path)
        assert list(tmp_path.iterdir()) == []


# -- two processes that draw, and how they end ---------------------------------------------

# Children of "spawn" import this file, so they draw as slowly as their parent.
SLOW = """
import multiprocessing, os, sys, time
from pathlib import Path
import trainer.synthesis.pool as synth

def draw(*_):
    if multiprocessing.parent_process():
        (Path("pool") / f"sample_000001.{os.getpid()}.part").touch()
    print(os.getpid(), flush=True)
    time.sleep(60)

synth.draw_sample, synth.load_bank = draw, lambda *_: None
if __name__ == "__main__":
    from trainer.__main__ import main
    sys.exit(main())
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def two(tmp_path: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """synth with two processes that are both drawing; and their numbers, the parent's first."""
    if not Path("/proc").is_dir():
        pytest.skip("processes are looked up in /proc")
    (tmp_path / "slow.py").write_text(SLOW)
    words = [sys.executable, "slow.py", "synth", "pool", "--bank", "b", "--workers", "2"]
    parent = subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job may ignore it
    )  # fmt: skip
    assert parent.stdout is not None
    drawing = [int(parent.stdout.readline()) for _ in range(2)]
    drawing.sort(key=lambda pid: pid != parent.pid)
    assert drawing[0] == parent.pid
    return parent, drawing


def test_ctrl_c_ends_all_that_draw_without_a_traceback(
    two: tuple[subprocess.Popen[str], list[int]], tmp_path: Path
) -> None:
    parent, drawing = two
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does
    _, told = parent.communicate(timeout=60)
    assert parent.returncode == 130
    assert told == "error: stopped before it was done - no file is left half written\n"
    assert not any(is_alive(pid) for pid in drawing)
    assert list((tmp_path / "pool").iterdir()) == []


def test_no_process_outlives_one_that_was_killed(
    two: tuple[subprocess.Popen[str], list[int]], tmp_path: Path
) -> None:
    parent, (_, child) = two
    parent.kill()
    parent.communicate(timeout=60)
    ended = time.monotonic() + 20
    while is_alive(child) and time.monotonic() < ended:
        time.sleep(0.1)
    assert not is_alive(child)
    assert list((tmp_path / "pool").iterdir()) == []


def test_a_process_of_synth_begins_deaf_to_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = []
    process = SimpleNamespace(start=lambda: handlers.append(signal.getsignal(signal.SIGINT)))
    context = SimpleNamespace(Process=lambda **_: process)
    monkeypatch.setattr(multiprocessing, "get_context", lambda _: context)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        synth._begin_others(Path("o"), Path("b"), [range(1)], 0, False)
        assert handlers == [signal.SIG_IGN]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


# -- pictures ------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "shape"), [(1, (384, 768)), (2, (384, 1536)), (3, (768, 1536))])
def test_a_montage_shows_every_sample_asked_for(
    count: int, shape: tuple[int, int], tmp_path: Path
) -> None:
    for number in range(4):
        put(tmp_path, number)
    picture = np.asarray(montage(tmp_path, count, seed=0))
    assert picture.shape == (*shape, 3)
    shown = [picture[y : y + 384, x : x + 768].any() for y in range(0, shape[0], 384)
             for x in range(0, shape[1], 768)]  # fmt: skip
    assert sum(shown) == count


def test_a_montage_is_written_in_the_format_of_its_name(tmp_path: Path) -> None:
    put(tmp_path / "pool")
    for name in ("look.png", "look.jpg"):
        assert main(["montage", str(tmp_path / "pool"), str(tmp_path / name)]) == 0
        with Image.open(tmp_path / name) as picture:
            assert picture.format == {"look.png": "PNG", "look.jpg": "JPEG"}[name]
    assert {path.name for path in tmp_path.iterdir()} == {"pool", "look.png", "look.jpg"}


def test_a_bank_is_whole_or_not_there(tmp_path, monkeypatch):
    for name in ("prepare_ircad_01", "prepare_icrp", "prepare_ircad_map"):
        monkeypatch.setattr(prepare_bank, name, lambda *_: None)
    monkeypatch.setattr(prepare_bank, "check_data", lambda data: None)

    def sides(data, out):
        out.mkdir()
        (out / "case_00000.npz").write_bytes(b"")
        if is_cut:
            raise KeyboardInterrupt

    monkeypatch.setattr(prepare_bank, "prepare_sides", sides)
    bank, is_cut = tmp_path / "bank", True
    with pytest.raises(KeyboardInterrupt):
        prepare_bank.run_bank(tmp_path, bank)
    assert not list(bank.iterdir())
    is_cut = False
    prepare_bank.run_bank(tmp_path, bank)
    assert [path.name for path in (bank / "sides").iterdir()] == ["case_00000.npz"]
    assert not list(tmp_path.glob("*.part"))
    with pytest.raises(WriteError, match="is not empty"):
        prepare_bank.run_bank(tmp_path, bank)
