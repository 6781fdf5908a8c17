"""The command line of the trainer: ``kidview-train <verb>`` or ``python -m trainer <verb>``.

Only the verb that was typed is imported: torch alone takes seconds.
"""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from kidview.core.errors import KidViewError
from kidview.core.fault import keep_fault

# A verb's name, its function as "module:function", and its line in the list of verbs.
VERBS = {
    "explore": ("trainer.data.explore:run_explore", "Tell what is in a data set."),
    "download-kits23": ("trainer.data.download:run_download", "Fetch KiTS23's images."),
    "bank": ("trainer.synthesis.prepare_bank:run_bank", "Make a bank to draw from, once."),
    "synth": ("trainer.synthesis.pool:run_synthesize", "Draw training scans into a pool."),
    "montage": ("trainer.synthesis.montage:run_montage", "Draw a picture of a pool."),
    "scans": ("trainer.data.pool_scans:run_scans", "Write a pool's samples as NIfTI files."),
    "train": ("trainer.training.verb:run_train", "Train one network of the cascade."),
    "finetune": ("trainer.finetune.verb:run_finetune", "Teach a model from corrected cases."),
    "judge": ("trainer.finetune.verb:run_judge", "Measure a new model beside the old one."),
    "compare": ("trainer.comparison.verb:run_compare", "Train and measure several networks."),
    "export": ("trainer.export.verb:run_export", "Write a model from a coarse and a fine run."),
    "attach": ("trainer.export.verb:run_attach", "Give a model a network that refines at clicks."),
    "evaluate": ("trainer.evaluation.verb:run_evaluate", "Measure masks, or a model on scans."),
}
_HELP = """Make training scans, train the networks, write and measure models.

Exit codes: 0 done, 1 failed (error: what - hint, on stderr), 2 wrong usage, 130 stopped with
Ctrl+C."""
_DONE, _FAILED, _MISUSED, _STOPPED = 0, 1, 2, 130
_LOG = "trainer.log"
_STOP = "error: stopped before it was done - no file is left half written"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and tell how it went.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; default: what was typed.

    Returns
    -------
    int
        Exit code.
    """
    typed = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    is_process = arguments is None and threading.current_thread() is threading.main_thread()
    try:
        code = _run(typed, is_process)
    except KeyboardInterrupt:
        code = _STOPPED
    if code == _STOPPED:
        print(_STOP, file=sys.stderr)
        if is_process:
            signal.signal(signal.SIGINT, _end)  # threads may take a while to end
    return code


def _run(typed: list[str], is_process: bool) -> int:
    """The verb's exit code; whatever it raises becomes a sentence."""
    with _ending_at_once():
        from typer.exceptions import Abort, TyperException

    try:
        with _ending_at_once():
            command = _command(typed)
        if is_process:  # who ends it from outside gets its checkpoint, too
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        code = command(typed, prog_name="kidview-train", standalone_mode=False)
        return code if isinstance(code, int) else _DONE
    except KidViewError as error:
        return _fail(error.what, error.hint)
    except OSError as error:  # a disk that is full, a folder that may not be read
        return _fail(*_told(error))
    except TyperException as error:
        verb = "".join(f"{word} " for word in typed[:1] if word in VERBS)
        what = error.format_message().rstrip(".")
        hint = f"see 'kidview-train {verb}--help'"
        return _fail(f"{what[:1].lower()}{what[1:]}", hint, _MISUSED)
    except Abort:
        return _STOPPED
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("", "kidview", "trainer"):
            return _fail(*keep_fault(error, "the trainer", _LOG))
        what = f"'kidview-train {typed[0]}' needs {error.name}, which is not installed"
        return _fail(what, 'run: pip install "kidview[trainer]"')
    except Exception as error:  # the border: a fault of the program, told without a traceback
        return _fail(*keep_fault(error, "the trainer", _LOG))


def _fail(what: str, hint: str, code: int = _FAILED) -> int:
    """Say what went wrong; returns `code`."""
    print(f"error: {what} - {hint}", file=sys.stderr)
    return code


def _told(error: OSError) -> tuple[str, str]:
    """What the system refused, and what helps."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        what = f", {error.filename} was not written" if error.filename else ""
        return f"the disk is full{what}", "free some space and call again"
    reason = error.strerror or str(error)
    return f"{error.filename or 'a file'}: {reason.lower()}", "check it and call again"


def _command(typed: list[str]) -> Callable[..., Any]:
    """The command line parser; of the verbs only the one that was typed is imported."""
    import typer

    app = typer.Typer(
        help=_HELP,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name, (target, line) in VERBS.items():
        wanted = name == typed[0]
        app.command(name, help=None if wanted else line)(_load(target) if wanted else _not_wanted)
    command: Callable[..., Any] = typer.main.get_command(app)
    return command


def _load(target: str) -> Callable[..., None]:
    module, function = target.split(":")
    loaded: Callable[..., None] = getattr(importlib.import_module(module), function)
    return loaded


def _not_wanted() -> None:
    """Stands in the list of verbs for one that was not typed."""


@contextmanager
def _ending_at_once() -> Iterator[None]:
    """Let Ctrl+C end the process: while libraries are imported they may swallow or garble it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, _end_telling)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_telling(number: int, frame: FrameType | None) -> None:
    print(_STOP, file=sys.stderr, flush=True)
    _end(number, frame)


def _end(number: int, frame: FrameType | None) -> None:
    os._exit(_STOPPED)


if __name__ == "__main__":
    sys.exit(main())
