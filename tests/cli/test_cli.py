"""The command line: words in, exit code and one sentence out, whatever happens inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

import kidview
from kidview.cli import VERBS, main
from kidview.cli.display import has_display
from kidview.cli.verbs import Verb
from kidview.core.errors import BrokenFile
from kidview.core.task import Cancelled

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception | KeyboardInterrupt], None]:
    """Make a verb ``try`` that raises what the test says."""

    def install(error: BaseException) -> None:
        def attempt(json_output: bool = typer.Option(False, "--json")) -> None:
            raise error

        made = Verb("try", "nowhere:nothing", "Fails.")
        monkeypatch.setattr(Verb, "load", lambda row: attempt)
        monkeypatch.setitem(VERBS, "try", made)

    return install


def test_version_is_printed(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"kidview {kidview.__version__}\n"


def test_help_names_every_verb_and_the_exit_codes(capsys: Capture) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"  {name} " in told for name in VERBS)
    assert "Exit codes" in told and "Not a medical device" in told


@pytest.mark.parametrize("name", list(VERBS))
def test_every_verb_has_help_with_options_explained(name: str, capsys: Capture) -> None:
    assert main([name, "--help"]) == 0
    assert f"kidview {name}" in capsys.readouterr().out


def test_rows_are_unique_and_have_a_sentence() -> None:
    assert all(name == row.name for name, row in VERBS.items())
    assert all(row.help.endswith(".") and len(row.help) < 80 for row in VERBS.values())


def test_expected_error_is_one_line_and_exit_code_1(
    verb: Callable[[Exception], None], capsys: Capture
) -> None:
    verb(BrokenFile("scan.nii.gz ends early", "copy it again"))
    assert main(["try"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "error: scan.nii.gz ends early - copy it again\n"


def test_expected_error_with_json_is_one_object_on_stdout(
    verb: Callable[[Exception], None], capsys: Capture
) -> None:
    verb(BrokenFile("scan.nii.gz ends early", "copy it again"))
    assert main(["try", "--json"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out) == {"error": "scan.nii.gz ends early", "hint": "copy it again"}


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Cancelled()])
def test_a_stop_is_told_with_exit_code_130(
    stop: BaseException, verb: Callable[[BaseException], None], capsys: Capture
) -> None:
    verb(stop)
    assert main(["try"]) == 130
    assert capsys.readouterr().err.startswith("error: stopped")


def test_a_fault_leaves_its_traceback_in_a_log_only(
    verb: Callable[[Exception], None],
    capsys: Capture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platformdirs.user_log_dir", lambda *_, **__: str(tmp_path / "log"))
    verb(ZeroDivisionError("by mistake"))
    assert main(["try"]) == 1
    told = capsys.readouterr()
    log = tmp_path / "log" / "command-line.log"
    assert "Traceback" not in told.err + told.out and str(log) in told.err
    assert "ZeroDivisionError: by mistake" in log.read_text(encoding="utf-8")


def test_a_fault_without_a_place_for_its_log_is_still_one_sentence(
    verb: Callable[[Exception], None],
    capsys: Capture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("platformdirs.user_log_dir", lambda *_, **__: str(tmp_path / "file"))
    verb(ZeroDivisionError("by mistake"))
    assert main(["try"]) == 1
    assert "no log could be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["info"], ["info", "--nonsense"], ["convert", "in.nii"], ["--nonsense"], ["--out", "x"]],
)
def test_wrong_usage_is_exit_code_2_and_points_to_help(words: list[str], capsys: Capture) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert told.err.startswith("error: ") and "--help" in told.err and told.out == ""


def test_a_misspelt_verb_is_guessed(capsys: Capture) -> None:
    assert main(["segmnet", "scan.nii"]) == 1
    assert "did you mean 'segment'?" in capsys.readouterr().err


def test_a_broken_verb_does_not_break_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setitem(VERBS, "broken", Verb("broken", "kidview.cli.missing:verb", "Breaks."))
    assert main(["info", "--help"]) == 0
    assert main(["--help"]) == 0


def test_a_missing_path_is_told_without_loading_the_window(tmp_path: Path, capsys: Capture) -> None:
    assert main([str(tmp_path / "scan.nii.gz")]) == 1
    assert "there is nothing at" in capsys.readouterr().err


def test_paths_go_to_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def fake(paths: list[Path], *, demo: bool, out: Path | None) -> int:
        given.extend([paths, demo, out])
        return 0

    monkeypatch.setattr("kidview.cli.open.has_display", lambda: True)
    monkeypatch.setattr("kidview.ui.app.main", fake)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "info").touch()
    assert main(["./info"]) == 0
    assert given == [[tmp_path / "info"], False, None]


def test_without_a_screen_the_demonstration_leaves_files(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    given: list[object] = []
    monkeypatch.setattr("kidview.cli.open.has_display", lambda: False)
    monkeypatch.setattr("kidview.ui.app.main", lambda paths, **given_: given.append(given_) or 0)
    assert main(["--demo"]) == 0
    assert given == [{"demo": True, "out": Path("out")}]
    assert "no screen" in capsys.readouterr().err
    assert main([]) == 1
    assert "there is no screen" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="screens differ elsewhere")
def test_a_screen_is_where_a_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not has_display()
    monkeypatch.setenv("DISPLAY", ":54321")  # nobody answers there
    assert not has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert has_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not has_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "vnc")
    assert has_display()


def test_the_command_line_starts_without_qt_numpy_or_torch() -> None:
    code = (
        "import sys; from kidview.cli import main; main(['--version']);"
        "print(sorted({'PySide6', 'numpy', 'torch', 'vtkmodules'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_closed_pipe_is_no_reason_to_talk() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "kidview", "--help"],
        stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")
