"""The command line: what the user typed becomes one verb, what went wrong one sentence."""

from __future__ import annotations

import difflib
import inspect
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kidview.cli.verbs import VERBS
from kidview.core.errors import KidViewError, TargetExists
from kidview.core.fault import keep_fault
from kidview.core.task import Cancelled

__all__ = ["VERBS", "main"]

_HELP = """KidView: see, segment, correct and export kidney, tumour and cyst in CT.

kidview [PATH ...] opens the window, with a scan and perhaps its label map. A file that is
named like a verb is written ./info.

With --json a verb prints one JSON object on stdout and nothing else; when it fails that object
is {"error": ..., "hint": ...}. Exit codes: 0 done, 1 failed (error: what - hint, on stderr),
2 wrong usage, 130 stopped with Ctrl+C.

Research use only. Not a medical device. Not for diagnosis or treatment."""

_DONE, _FAILED, _MISUSED, _STOPPED = 0, 1, 2, 130


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
    typed = list(sys.argv[1:] if arguments is None else arguments)
    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("ignore")  # a library's remarks are not for the reader
        return _run(typed)


def _run(typed: list[str]) -> int:
    """The verb's exit code; whatever it raises becomes a sentence."""
    from typer.exceptions import Abort, TyperException

    try:
        _refuse_misspelt_verb(typed)
        command = _command(typed)
        code = command(_with_verb(typed), prog_name="kidview", standalone_mode=False) or _DONE
        if code == _STOPPED:  # how typer returns from Ctrl+C
            raise KeyboardInterrupt
        return code
    except KidViewError as error:
        return _fail(typed, error.what, _way_out(typed, error))
    except TyperException as error:
        verb = "".join(f"{word} " for word in typed[:1] if word in VERBS)
        what = error.format_message().rstrip(".")
        return _fail(typed, what[:1].lower() + what[1:], f"see 'kidview {verb}--help'", _MISUSED)
    except (Cancelled, KeyboardInterrupt, Abort):
        return _fail(typed, "stopped before it was done", "no file is left half written", _STOPPED)
    except Exception as error:  # the border: a fault of the program, told without a traceback
        return _fail(typed, *keep_fault(error, "KidView", "command-line.log"))


def _way_out(typed: list[str], error: KidViewError) -> str:
    """The hint; of a file that is there with the option that replaces it, where a verb has one."""
    verb = VERBS.get(typed[0]) if typed else None
    if verb is not None and isinstance(error, TargetExists):
        action = verb.load()
        if inspect.isfunction(action) and "force" in inspect.signature(action).parameters:
            return f"{error.hint}, or add --force to replace it"
    return error.hint


def _with_verb(typed: list[str]) -> list[str]:
    """What was typed, led by a verb: paths and the window's own options belong to ``open``."""
    is_led = bool(typed) and (typed[0] in VERBS or typed[0] in ("--help", "-h", "--version"))
    return typed if is_led else ["open", *typed]


def _refuse_misspelt_verb(typed: list[str]) -> None:
    """A first word that is neither a verb nor a path may be a slip.

    Raises
    ------
    KidViewError
        It resembles a verb, and nothing of that name is there.
    """
    if not typed or typed[0] in VERBS or typed[0].startswith("-") or Path(typed[0]).exists():
        return
    near = difflib.get_close_matches(typed[0], VERBS, n=1, cutoff=0.7)
    if near:
        raise KidViewError(f"there is no file or verb '{typed[0]}'", f"did you mean '{near[0]}'?")


def _command(typed: list[str]) -> Callable[..., int | None]:
    """The command line parser; only the verb that was typed is imported."""
    import typer

    app = typer.Typer(
        help=_HELP.replace("\n\n", "\0").replace("\n", " ").replace("\0", "\n\n"),
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    wanted = _with_verb(typed)[0]
    for verb in VERBS.values():
        action: Callable[..., Any] = verb.load() if verb.name == wanted else _not_wanted
        if isinstance(action, typer.Typer):
            app.add_typer(action, name=verb.name)
        else:
            app.command(verb.name, help=None if verb.name == wanted else verb.help)(action)

    @app.callback(invoke_without_command=True)
    def tell_version(
        version: bool = typer.Option(False, "--version", help="Print the version and stop."),
    ) -> None:
        if version:
            from kidview import __version__

            typer.echo(f"kidview {__version__}")
            raise typer.Exit

    command: Callable[..., int | None] = typer.main.get_command(app)
    return command


def _not_wanted() -> None:
    """Stands in the list of verbs for one that was not typed."""


def _fail(typed: list[str], what: str, hint: str, code: int = _FAILED) -> int:
    """Say what went wrong where it will be read; returns `code`."""
    print(f"error: {what} - {hint}", file=sys.stderr)
    if "--json" in typed:
        print(json.dumps({"error": what, "hint": hint}))
    return code
