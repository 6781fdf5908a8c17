"""The verb `finetune`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import torch
import typer

from trainer.finetune.tune import Lesson, Model, finetune


def run_finetune(
    cases: Annotated[Path, typer.Option(help="case store, or real cases in a known layout")],
    parent: Annotated[Path, typer.Option("--from", help="the model to begin with: models/NAME")],
    out: Annotated[Path, typer.Option(help="the new model: FOLDER/NAME")],
    minutes: Annotated[float, typer.Option(min=0.01, help="time of the training")] = 15.0,
    replay: Annotated[
        Path | None, typer.Option(help="pool of drawn samples, so that nothing is forgotten")
    ] = None,
    replay_share: Annotated[
        float, typer.Option(min=0.0, max=0.95, help="of the patches, from --replay")
    ] = 0.5,
    rate: Annotated[float, typer.Option(min=1e-7, max=1e-2, help="highest learning rate")] = 2e-4,
    batch: Annotated[int, typer.Option(min=1, help="patches a step")] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads")] = 2,
    resume: Annotated[bool, typer.Option("--resume", help="go on where it was stopped")] = False,
) -> None:
    """Teach a model from corrected cases; one JSON line per report on stdout.

    Cases are split by patient, by a hash, for all time: one in nine is held back to measure on.
    The coarse step stays as it is. The new model is written beside its run, FOLDER/NAME.run.
    """
    torch.set_num_threads(threads)
    lesson = Lesson(cases, minutes, replay, replay_share, rate, batch, device, resume)
    child = Model.at(out)
    card = finetune(lesson, Model.at(parent), child)
    row = {"event": "exported", "card": str(child.folder / f"{card.name}.json")}
    print(json.dumps(row | {"version": card.version}), flush=True)
