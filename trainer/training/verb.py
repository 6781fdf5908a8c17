"""The verb `train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer

from trainer.config import find_config
from trainer.training.loop import Plan, train
from trainer.training.store import PoolSource


def run_train(
    config: Annotated[str, typer.Option(help="coarse or fine, a row of trainer/config.py")],
    pool: Annotated[Path, typer.Option(help="folder of training samples; may still be growing")],
    val: Annotated[Path, typer.Option(help="folder of held-back samples")],
    out: Annotated[Path, typer.Option(help="folder of the run: checkpoint last.pt")],
    minutes: Annotated[float, typer.Option(min=0.01, help="time of the whole run")],
    resume: Annotated[bool, typer.Option("--resume", help="go on from the checkpoint")] = False,
    init: Annotated[Path | None, typer.Option(help="begin with the weights of this run")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads")] = 1,
    first_samples: Annotated[int, typer.Option(min=1, help="samples awaited at first")] = 20,
) -> None:
    """Train one network of the cascade; one JSON line per report on stdout."""
    torch.set_num_threads(threads)
    plan = Plan(out, minutes, resume, init, device, first_samples=first_samples)
    train(find_config(config), PoolSource(pool, False), PoolSource(val, True), plan)
