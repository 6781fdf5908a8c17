"""The verb `evaluate`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from kidview.core.modelcard import read_card
from kidview.core.resources import models_dir
from trainer.evaluation.cases import evaluate_case, find_pairs

_SHOWN = ("hec_kidney_and_mass", "hec_mass", "hec_tumour", "dice_kidney", "dice_cyst", "seconds")


def run_evaluate(
    images: Annotated[list[Path], typer.Option(help="scans or a folder of them")],
    labels: Annotated[list[Path], typer.Option(help="label maps case_seg.nii.gz or a folder")],
    model: Annotated[str, typer.Option(help="name of the model")] = "kidview-small",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    models: Annotated[Path | None, typer.Option(help="folder of the model, else KidView's")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object, no table")] = False,
    write: Annotated[bool, typer.Option("--write", help="put the scores on the card")] = False,
) -> None:
    """Measure a model on real scans, segmented by `kidview segment` as users do it."""
    rows = []
    for pair in find_pairs(images, labels):
        rows.append(evaluate_case(pair, model, device, models))
        if not as_json:
            print(_line(rows[-1]), flush=True)
    if as_json:
        print(json.dumps({"model": model, "cases": rows}))
    if write:
        _write_scores((models or models_dir()) / f"{model}.json", rows)


def _line(row: dict[str, Any]) -> str:
    return str(row["case"]) + "".join(f"  {name} {row[name]:.3g}" for name in _SHOWN)


def _write_scores(path: Path, rows: list[dict[str, Any]]) -> None:
    """Replace the card's scores by those of these cases, without the engine's details."""
    scores = {
        row["case"]: {k: v for k, v in row.items() if k not in ("case", "engine", "seconds")}
        for row in rows
    }
    card = replace(read_card(path), scores=scores)
    path.write_text(card.to_json(), encoding="utf-8")
