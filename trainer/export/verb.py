"""The verb `export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import torch
import typer

from trainer.export.model import export_model


def run_export(
    coarse: Annotated[Path, typer.Option(help="folder of the coarse run")],
    fine: Annotated[Path, typer.Option(help="folder of the fine run")],
    name: Annotated[str, typer.Option(help="of the model")] = "kidview-small",
    out: Annotated[Path, typer.Option(help="folder of the models")] = Path("models"),
    version: Annotated[str, typer.Option(help="of the model, kept in its card")] = "0.1",
) -> None:
    """Write a model (two ONNX files and a card), refused unless it agrees with torch."""
    torch.set_num_threads(1)
    card = export_model(coarse, fine, name, out, version)
    rows = {step.role: (out / step.file).stat().st_size for step in card.steps}
    print(json.dumps({"event": "exported", "card": str(out / f"{name}.json"), "bytes": rows}))
