"""The verbs `export` and `attach`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import torch
import typer

from kidview.core.modelcard import ModelCard
from trainer.export.model import attach, export_model


def run_export(
    coarse: Annotated[
        list[Path], typer.Option(help="folder of the coarse run; several are averaged")
    ],
    fine: Annotated[Path, typer.Option(help="folder of the fine run")],
    name: Annotated[str, typer.Option(help="of the model")] = "kidview-small",
    out: Annotated[Path, typer.Option(help="folder of the models")] = Path("models"),
    version: Annotated[str, typer.Option(help="of the model, kept in its card")] = "0.1",
) -> None:
    """Write a model (its networks and a card), refused unless onnxruntime agrees with torch."""
    torch.set_num_threads(1)
    _tell(export_model(coarse, fine, name, out, version), out)


def run_attach(
    run: Annotated[Path, typer.Argument(help="folder of a run of the configuration refine")],
    model: Annotated[Path, typer.Option(help="the model that gets it: FOLDER/NAME")],
    out: Annotated[Path, typer.Option(help="folder of the new card, may be the model's own")],
    version: Annotated[str, typer.Option(help="of the model, kept in its card")],
) -> None:
    """Give a model a network that refines labels where somebody clicks."""
    torch.set_num_threads(1)
    _tell(attach(run, model, out, version), out)


def _tell(card: ModelCard, out: Path) -> None:
    sizes = [(out / step.file).stat().st_size for step in card.steps]
    rows = dict(zip(card.titles, sizes, strict=True))
    print(json.dumps({"event": "exported", "card": str(out / f"{card.name}.json"), "bytes": rows}))
