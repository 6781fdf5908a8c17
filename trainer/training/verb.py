"""The verb `train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer

from trainer.config import CONFIGS, find_config
from trainer.data.places import check_folder
from trainer.training.loop import Plan, train
from trainer.training.store import find_source


def run_train(
    config: Annotated[str, typer.Option(help="of the network: " + ", ".join(CONFIGS))],
    pool: Annotated[Path, typer.Option(help="drawn samples (may still be growing) or real cases")],
    val: Annotated[Path, typer.Option(help="held-back samples, or the same real cases")],
    out: Annotated[Path, typer.Option(help="folder of the run; an earlier run needs --resume")],
    minutes: Annotated[float, typer.Option(min=0.01, help="time of the whole run")],
    resume: Annotated[
        bool, typer.Option("--resume", help="go on from the checkpoint in --out, if any")
    ] = False,
    sitting: Annotated[
        float | None, typer.Option(min=0.01, help="stop after that many minutes, to be resumed")
    ] = None,
    init: Annotated[Path | None, typer.Option(help="begin with the weights of this run")] = None,
    cache: Annotated[
        Path | None, typer.Option(help="folder for resampled real cases, else beside --out")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads")] = 1,
    first_samples: Annotated[
        int, typer.Option(min=1, help="samples awaited before the first step, for an hour at most")
    ] = 20,
) -> None:
    """Train one network of the cascade; one JSON line per report on stdout.

    Real cases may lie as KiTS23 publishes them, as nnU-Net's raw folders, or flat as
    NAME.nii.gz with NAME_seg.nii.gz; the hash of a case's name says whether it is held back.
    Ctrl+C saves a checkpoint; --resume goes on from it. A run whose minutes are over is left as
    it is.
    """
    torch.set_num_threads(threads)
    row = find_config(config)
    plan = Plan(out, minutes, resume, init, device, sitting, first_samples=first_samples)
    kept = cache or out.parent / "prepared"
    check_folder(kept)
    train(
        row,
        find_source(pool, held_back=False, prepared=kept),
        find_source(val, held_back=True, prepared=kept),
        plan,
    )
