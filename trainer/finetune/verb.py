"""The verbs `finetune` and `judge`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import torch
import typer

from kidview.core.errors import WriteError
from kidview.io import write_atomically
from trainer.finetune.judge import held_back_pairs, judge, regression_pairs
from trainer.finetune.one_teacher import one_teacher
from trainer.finetune.pictures import draw_case
from trainer.finetune.tune import Lesson, Model, finetune, identity

_PICTURES = 4


def run_finetune(
    cases: Annotated[Path, typer.Option(help="case store, or real cases in a known layout")],
    parent: Annotated[Path, typer.Option("--from", help="the model to begin with: models/NAME")],
    out: Annotated[Path, typer.Option(help="the new model: FOLDER/NAME")],
    minutes: Annotated[float, typer.Option(min=0.01, help="time of the training")] = 15.0,
    steps: Annotated[
        int | None, typer.Option(min=1, help="end after so many, even before the time is over")
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(help="drawn samples, or real cases in a known layout, against forgetting"),
    ] = None,
    replay_share: Annotated[
        float, typer.Option(min=0.0, max=0.95, help="of the patches, from --replay")
    ] = 0.5,
    changed_share: Annotated[
        float, typer.Option(min=0.0, max=0.95, help="of a stored case's patches, where changed")
    ] = 0.25,
    regression: Annotated[
        Path | None, typer.Option(help="cases that always measure and so never teach")
    ] = None,
    rate: Annotated[float, typer.Option(min=1e-7, max=1e-2, help="highest learning rate")] = 1e-4,
    batch: Annotated[int, typer.Option(min=1, help="patches a step")] = 1,
    blend: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="from the parent's weights (0) to the learned")
    ] = 0.4,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="of the patches that are drawn")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="go on where it was stopped")] = False,
) -> None:
    """Teach a model from corrected cases; one JSON line per report on stdout.

    Cases are split by patient, by a hash, for all time: one in nine is held back to measure on.
    The coarse step stays as it is. The new model is written beside its run, FOLDER/NAME.run.
    Of cases of a store a share of the patches lies about voxels that a person changed.
    """
    torch.set_num_threads(threads)
    lesson = Lesson(
        cases,
        minutes,
        replay=replay,
        replay_share=replay_share,
        changed_share=changed_share,
        regression=regression,
        rate=rate,
        batch=batch,
        blend=blend,
        device=device,
        resume=resume,
        steps=steps,
        seed=seed,
    )
    child = Model.at(out)
    card = finetune(lesson, Model.at(parent), child)
    row = {"event": "exported", "card": str(child.folder / f"{card.name}.json")}
    print(json.dumps(row | {"version": card.version}), flush=True)


def run_judge(
    old: Annotated[Path, typer.Option(help="the model in use: FOLDER/NAME")],
    new: Annotated[Path, typer.Option(help="the model that shall replace it: FOLDER/NAME")],
    out: Annotated[Path, typer.Option(help="folder for judge.json, pictures and masks")],
    cases: Annotated[
        Path | None, typer.Option(help="case store: its held-back corrected cases")
    ] = None,
    regression: Annotated[
        Path | None,
        typer.Option(help="folder of case.nii.gz and case_seg.nii.gz, always the same"),
    ] = None,
    device: Annotated[str, typer.Option(help="as kidview segment takes it")] = "cpu",
) -> None:
    """Measure two models on the same cases; says whether the new one may replace the old.

    It may unless the mean Dice of kidney and masses, of masses or of tumours is worse by more
    than 0.01 on either set. One JSON line a case on stdout, the verdict last.
    """
    models = {"old": identity(Model.at(old).card), "new": identity(Model.at(new).card)}
    sets = {
        "corrected": held_back_pairs(cases) if cases else [],
        "regression": regression_pairs(regression) if regression else [],
    }
    with one_teacher(out, Model.at(new).name):
        verdict = judge(Model.at(old), Model.at(new), sets, out / "masks", device, _say)
        pairs = {(name, pair.name): pair for name, inside in sets.items() for pair in inside}
        for number, row in enumerate(verdict.cases[:_PICTURES], start=1):
            stem = out / "masks" / f"{row['set']}-{row['case']}"
            mine, theirs = (
                stem.with_name(f"{stem.name}-{which}.nii.gz") for which in ("old", "new")
            )
            draw_case(pairs[row["set"], row["case"]], mine, theirs, out / f"worst-{number}.png")
        _write(out / "judge.json", models | verdict.to_dict())
    _say({"event": "verdict", "allowed": verdict.allowed, "reasons": list(verdict.reasons)})


def _write(path: Path, table: dict[str, object]) -> None:
    """Whole or not at all: a verdict that is there is never measured again."""
    text = json.dumps(table, indent=2) + "\n"

    def check(made: Path) -> None:
        if made.read_text(encoding="utf-8") != text:
            raise WriteError(f"{path.name} reads back different", "check the disk")

    def write(made: Path) -> None:
        made.write_text(text, encoding="utf-8", newline="\n")

    write_atomically(path, path.suffix, write, check, overwrite=True)


def _say(row: dict[str, object]) -> None:
    print(json.dumps(row), flush=True)
