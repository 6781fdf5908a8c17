"""The verb `evaluate`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from kidview.core.errors import ReadError, SettingError
from kidview.core.modelcard import read_card
from kidview.core.resources import models_dir
from kidview.io import as_write_error
from trainer.data.places import check_file
from trainer.evaluation.cases import Matched, evaluate_case, match, score_case, shown
from trainer.evaluation.intervals import bootstrap_mean
from trainer.evaluation.scores import HECS

_SHOWN = [f"{kind}_{name}" for kind in ("hec", "sd") for name in HECS]
_Rows = list[dict[str, Any]]


def run_evaluate(
    references: Annotated[
        list[Path], typer.Option(help="label maps, a folder of them, or a data set")
    ],
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
    partial: Annotated[
        bool, typer.Option("--partial", help="leave out references that have no prediction")
    ] = False,
) -> None:
    """Dice and surface Dice as KiTS23 defines them, volumes, and lesions found, case by case.

    Files belong together by name: NAME.nii.gz (or NAME_0000.nii.gz) and NAME_seg.nii.gz (or
    NAME.nii.gz in a folder of its own). A folder may also be a data set as KiTS23, nnU-Net or
    KidView lay them out. Where both masks lack a class its score is 1, where one does 0.
    """
    if (predictions is None) == (images is None) or (write and images is None):
        raise SettingError("what shall be measured?", "give --predictions or --images, not both")
    card = (models or models_dir()) / f"{model}.json"
    if json_file is not None:
        check_file(json_file)
    if images:
        read_card(card)  # before the long work, not after it
    found = match(predictions or images or [], references)
    _tell_leftovers(found, partial)
    rows: _Rows = []
    for pair in found.pairs:
        row = evaluate_case(pair, model, device, models) if images else score_case(pair)
        rows.append(row)
        print(_line(row), flush=True)
    means = _means(rows)
    for name, (mean, low, high) in means.items():
        interval = "one case" if low is None else f"95 % {low:.3f} .. {high:.3f}"
        print(f"{name:22} mean {mean:.3f}   {interval}")
    if json_file is not None:
        table = {
            "model": model if images else None,
            "cases": rows,
            "means": means,
            "without_prediction": found.without_given,
            "without_reference": found.without_reference,
        }
        _write_text(json_file, json.dumps(table, indent=2) + "\n")
    if write:
        _write_scores(card, rows)


def _tell_leftovers(found: Matched, partial: bool) -> None:
    """Say what is not measured; refuse references without prediction unless that was asked for.

    Raises
    ------
    ReadError
    """
    alone, unknown = found.without_given, found.without_reference
    if alone and not partial:
        what = f"{len(alone)} of {len(alone) + len(found.pairs)} references have no prediction"
        raise ReadError(f"{what}: {shown(alone)}", "add them, or measure the others with --partial")
    for names, lack in ((alone, "prediction"), (unknown, "reference")):
        if names:
            print(f"note: left out, without {lack}: {shown(names)}", file=sys.stderr)


def _line(row: dict[str, Any]) -> str:
    words = [f"{name} {row[name]:.3f}" for name in _SHOWN]
    lesions = f"lesions {row['lesions_hit']:.0f}/{row['lesions']:.0f}"
    return "  ".join([str(row["case"]), *words, f"{lesions} +{row['false_alarms']:.0f}"])


def _means(rows: _Rows) -> dict[str, tuple[float, float | None, float | None]]:
    """Mean and 95 % interval of each score; one case has no interval."""
    if len(rows) == 1:
        return {name: (rows[0][name], None, None) for name in _SHOWN}
    return {name: bootstrap_mean([row[name] for row in rows]) for name in _SHOWN}


def _write_scores(path: Path, rows: _Rows) -> None:
    """Replace the card's scores by those of these cases, without the engine's details."""
    left_out = ("case", "engine", "seconds")
    scores = {row["case"]: {k: v for k, v in row.items() if k not in left_out} for row in rows}
    card = replace(read_card(path), scores=scores)
    _write_text(path, card.to_json())


def _write_text(path: Path, text: str) -> None:
    """Write a file beside and move it into place."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise as_write_error(path, error) from error
    finally:
        beside.unlink(missing_ok=True)
