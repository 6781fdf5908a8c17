"""The command line of the trainer: ``kidview-train <verb>`` or ``python -m trainer <verb>``."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from kidview.core.errors import KidViewError
from trainer.export.verb import run_export
from trainer.training.verb import run_train

VERBS: dict[str, Callable[..., None]] = {
    "train": run_train,
    "export": run_export,
}

app = typer.Typer(
    help="Make training scans, train the networks, write and measure models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, verb in VERBS.items():
    app.command(name)(verb)


def main() -> None:
    """Run a verb; expected errors become one line on stderr and exit code 1."""
    try:
        app()
    except KidViewError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
