"""The verb `evaluate`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from kidview.core.errors import SettingError
from kidview.core.modelcard import read_card
from kidview.core.resources import models_dir
from trainer.evaluation.cases import evaluate_case, find_pairs, score_case
from trainer.evaluation.intervals import bootstrap_mean
from trainer.evaluation.scores import HECS

_SHOWN = [f"{kind}_{name}" for kind in ("hec", "sd") for name in HECS]
_Rows = list[dict[str, Any]]


def run_evaluate(
    references: Annotated[list[Path], typer.Option(help="label maps or a folder of them")],
    predictions: Annotated[
        list[Path] | None, typer.Option(help="masks to measure, or a folder of them")
    ] = None,
    images: Annotated[
        list[Path] | None, typer.Option(help="instead: scans, which kidview segment outlines first")
    ] = None,
    model: Annotated[str, typer.Option(help="with --images: name of the model")] = "kidview-small",
    device: Annotated[
        str, typer.Option(help="with --images: as kidview segment takes it")
    ] = "auto",
    models: Annotated[Path | None, typer.Option(help="folder of the model, else KidView's")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="file for all numbers")] = None,
    write: Annotated[bool, typer.Option("--write", help="with --images: put on the card")] = False,
) -> None:
    """Dice and surface Dice as KiTS23 defines them, volumes, and lesions found, case by case."""
    if (predictions is None) == (images is None) or (write and images is None):
        raise SettingError("what shall be measured?", "give --predictions or --images, not both")
    rows: _Rows = []
    for pair in find_pairs(predictions or images or [], references):
        row = evaluate_case(pair, model, device, models) if images else score_case(pair)
        rows.append(row)
        print(_line(row), flush=True)
    means = _means(rows)
    for name, (mean, low, high) in means.items():
        print(f"{name:22} mean {mean:.3f}   95 % {low:.3f} .. {high:.3f}")
    if json_file is not None:
        table = {"model": model if images else None, "cases": rows, "means": means}
        json_file.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    if write:
        _write_scores((models or models_dir()) / f"{model}.json", rows)


def _line(row: dict[str, Any]) -> str:
    words = [f"{name} {row[name]:.3f}" for name in _SHOWN]
    lesions = f"lesions {row['lesions_hit']:.0f}/{row['lesions']:.0f}"
    return "  ".join([str(row["case"]), *words, f"{lesions} +{row['false_alarms']:.0f}"])


def _means(rows: _Rows) -> dict[str, tuple[float, float, float]]:
    return {name: bootstrap_mean([row[name] for row in rows]) for name in _SHOWN}


def _write_scores(path: Path, rows: _Rows) -> None:
    """Replace the card's scores by those of these cases, without the engine's details."""
    left_out = ("case", "engine", "seconds")
    scores = {row["case"]: {k: v for k, v in row.items() if k not in left_out} for row in rows}
    card = replace(read_card(path), scores=scores)
    path.write_text(card.to_json(), encoding="utf-8")
