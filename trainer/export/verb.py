"""The verb `export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import torch
import typer

from trainer.export.model import export_model


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
    card = export_model(coarse, fine, name, out, version)
    sizes = [(out / step.file).stat().st_size for step in card.steps]
    rows = dict(zip(card.titles, sizes, strict=True))
    print(json.dumps({"event": "exported", "card": str(out / f"{name}.json"), "bytes": rows}))
