"""kidview-train tells what went wrong in a sentence, and stops when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from trainer.__main__ import VERBS, main
from trainer.data.pool import Pool, PoolItem

ROOT = Path(__file__).resolve().parents[2]
TRAINER = [sys.executable, "-m", "trainer"]


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.strip()


def test_help_names_every_verb_and_loads_none() -> None:
    code = "import sys; from trainer.__main__ import main; main(['--help']); print('torch' in "
    code += "sys.modules, 'numpy' in sys.modules)"
    words = [sys.executable, "-c", code]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(f"  {verb}  " in told for verb in VERBS)
    assert told.splitlines()[-1] == "False False"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_its_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: kidview-train {verb} ")


def test_training_names_every_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--help"]) == 0
    words = "".join(capsys.readouterr().out.split())  # lines are broken at hyphens, too
    assert "coarse,fine,large,refine,coarse-large" in words


@pytest.mark.parametrize(
    "typed",
    [
        "synth pool --bank bank --seed -1",
        "synth pool --bank bank --start -1",
        "synth pool --bank bank --count 0",
        "explore data --out out --most -1",
        "montage pool look.png --count 0",
        "download-kits23 kits --cases -1",
        "download-kits23 kits --pause-s -1",
        "train --config coarse",
        "trian",
    ],
)
def test_wrong_usage_is_a_sentence_and_code_2(
    typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed.split()) == 2
    told = said(capsys)
    assert told.startswith("error: ") and " - see 'kidview-train " in told
    assert "\n" not in told


def a_pool(folder: Path) -> None:
    empty = np.zeros((2, 2, 2), np.uint8)
    Pool(folder).write(0, PoolItem(empty.astype(np.int16), empty, (1.0,) * 3, {"held_back": True}))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("explore data --out file", "file is a file, no folder"),
        ("explore data --out file/out", "file is a file, no folder"),
        ("bank data file/bank", "lacks ct/ircad_01.nii.gz"),
        ("synth file --bank bank", "file is a file, no folder"),
        ("synth file/pool --bank bank", "file is a file, no folder"),
        ("synth pool --bank bank", "bank is not there - make it: kidview-train bank DATA BANK"),
        ("synth pool --bank data", "data is empty - make it: kidview-train bank DATA BANK"),
        ("download-kits23 file", "file is a file, no folder"),
        ("download-kits23 kits --address nonsense", "'nonsense' is no address of the web"),
        ("montage data look.png", "there are no samples in"),
        ("montage missing look.png", "there are no samples in"),
        ("montage samples look.xyz", "look.xyz is no picture that is known - use .png"),
        ("montage samples look", "look is no picture that is known - use .png"),
        ("montage samples missing/look.png", "there is no folder"),
        ("train --config coarse --pool file --val v --out r --minutes 1", "file is a file"),
        ("train --config coarse --pool p --val file --out r --minutes 1", "file is a file"),
        ("train --config fone --pool p --val v --out r --minutes 1", "no training configuration"),
        ("evaluate --references missing --images data", "missing - name a file, or a folder"),
        ("evaluate --references data --images data --json missing/a.json", "there is no folder"),
        ("evaluate --references data --images data --json data", "data is a folder"),
        ("export --coarse c --fine f --name", "'' is no name for a model"),
        ("export --coarse c --fine f --name a/b", "'a/b' is no name for a model"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_leaves_nothing(
    typed: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "file").write_text("kept")
    a_pool(tmp_path / "samples")
    before = sorted(tmp_path.rglob("*"))
    more = [""] if typed.endswith("--name") else []
    if typed.startswith("explore"):
        (tmp_path / "data" / "a.nii").write_bytes(b"")
        before = sorted(tmp_path.rglob("*"))
    assert main([*typed.split(), *more]) == 1
    told = said(capsys)
    assert words in told and told.startswith("error: ") and "\n" not in told
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "kept"


def test_a_bank_is_not_begun_without_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data" / "ct").mkdir(parents=True)
    assert main(["bank", str(tmp_path / "data"), str(tmp_path / "bank")]) == 1
    assert "lacks ct/ircad_01.nii.gz" in said(capsys)
    assert not (tmp_path / "bank").exists()


def test_a_full_disk_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "pool")

    a_pool(tmp_path)
    monkeypatch.setattr("trainer.data.pool_scans.write_scan", full)
    assert main(["scans", str(tmp_path), str(tmp_path / "out")]) == 1
    assert said(capsys) == (
        "error: the disk is full, pool was not written - free some space and call again"
    )


def fail(error: Exception) -> None:
    raise error


def test_a_fault_leaves_its_traceback_in_a_log_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("platformdirs.user_log_dir", lambda *_, **__: str(tmp_path / "log"))
    a_pool(tmp_path)
    fault = RuntimeError("shapes differ")
    monkeypatch.setattr("trainer.data.pool_scans.write_scan", lambda *_, **__: fail(fault))
    assert main(["scans", str(tmp_path), str(tmp_path / "out")]) == 1
    log = tmp_path / "log" / "trainer.log"
    assert said(capsys) == (
        f"error: the trainer met a fault of its own (RuntimeError) - please report it with {log}"
    )
    assert "in run_scans" in log.read_text() and "shapes differ" in log.read_text()


def test_a_library_that_is_not_there_is_named_with_what_brings_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("platformdirs.user_log_dir", lambda *_, **__: str(tmp_path / "log"))
    missing = ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")
    monkeypatch.setattr("trainer.__main__._load", lambda _: fail(missing))
    assert main(["train"]) == 1
    assert said(capsys) == (
        "error: 'kidview-train train' needs torch.nn, which is not installed - "
        'run: pip install "kidview[trainer]"'
    )
    missing.name = "trainer.training.nothing"  # our own: a fault
    assert main(["train"]) == 1
    assert "a fault of its own" in said(capsys)


# Says when it begins to import the verb, for before that nothing listens to Ctrl+C yet; the last
# library it imports makes something else of it, as those in C do.
LOUD = """
import sys, time, trainer.__main__ as program
load = program._load
def loud(target):
    print("loading", flush=True)
    verb = load(target)
    try:
        print("nearly there", flush=True)
        time.sleep(30)
    except KeyboardInterrupt:
        raise ImportError("multiarray failed to import")
    return verb
program._load = loud
sys.exit(program.main())
"""


def begun(folder: Path, program: list[str]) -> subprocess.Popen[str]:
    """train, waiting for samples, with Ctrl+C as a terminal gives it: a job may ignore it."""
    words = ["train", "--config", "coarse", "--pool", "p", "--val", "v", "--out", "r"]
    return subprocess.Popen(
        [*program, *words, "--minutes", "1"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.parametrize("moment", ["loading", "nearly there"])
def test_stopping_while_libraries_load_is_quiet(moment: str, tmp_path: Path) -> None:
    process = begun(tmp_path, [sys.executable, "-c", LOUD])
    assert process.stdout is not None
    while process.stdout.readline() != f"{moment}\n":
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told == "error: stopped before it was done - no file is left half written\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_while_it_waits_is_quiet(number: int, tmp_path: Path) -> None:
    process = begun(tmp_path, TRAINER)
    assert process.stdout is not None
    assert '"waiting"' in process.stdout.readline()
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in told
    assert told.startswith("error: stopped before it was done")
    assert not list(tmp_path.iterdir())
