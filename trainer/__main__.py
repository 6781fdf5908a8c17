"""The command line of the trainer: ``kidview-train <verb>`` or ``python -m trainer <verb>``."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from kidview.core.errors import KidViewError
from trainer.comparison.verb import run_compare
from trainer.data.download import run_download
from trainer.data.explore import run_explore
from trainer.data.pool_scans import run_scans
from trainer.evaluation.verb import run_evaluate
from trainer.export.verb import run_export
from trainer.finetune.verb import run_finetune, run_judge
from trainer.synthesis.montage import run_montage
from trainer.synthesis.pool import run_synthesize
from trainer.synthesis.prepare_bank import run_bank
from trainer.training.verb import run_train

VERBS: dict[str, Callable[..., None]] = {
    "explore": run_explore,
    "download-kits23": run_download,
    "bank": run_bank,
    "synth": run_synthesize,
    "montage": run_montage,
    "scans": run_scans,
    "train": run_train,
    "finetune": run_finetune,
    "judge": run_judge,
    "compare": run_compare,
    "export": run_export,
    "evaluate": run_evaluate,
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
