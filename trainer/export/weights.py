"""The weights of a shipped model, back into the network they came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from kidview.core.errors import ModelError
from kidview.core.modelcard import ModelCard
from trainer.config import Config
from trainer.networks import build
from trainer.training.checkpoint import Checkpoint


def config_of(card: ModelCard, title: str) -> Config:
    """The configuration a step of a model was trained with, without its deep supervision.

    A file for inference has no heads on coarser grids, so there is nothing to supervise there.

    Raises
    ------
    ModelError
        The card does not tell, or tells of another trainer's configuration.
    """
    history: Any = card.training.get(title)
    try:
        return Config.from_dict(dict(history["config"], deep=0))
    except (KeyError, TypeError) as error:
        raise ModelError(
            f"the card of '{card.name}' does not tell how its {title} step was trained",
            "begin with a model that kidview-train exported",
        ) from error


def load_weights(file: Path, config: Config) -> nn.Module:
    """The network of a configuration with the weights of an ONNX file.

    Parameters
    ----------
    file : Path
        As `export` wrote it; weights in half precision come back as float32.
    config : Config

    Raises
    ------
    ModelError
        The file cannot be read, or is of another network.
    """
    network = build(config)
    try:
        model = onnx.load(file)
        network.load_state_dict(_weights(model))
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"{file.name} does not hold the weights its card tells of", "install the model again"
        ) from error
    return network


def checkpoint_of(card: ModelCard, title: str, folder: Path) -> Checkpoint:
    """A step of a shipped model as a run that others begin with, or that is exported again.

    Parameters
    ----------
    card : ModelCard
    title : str
        Which step, as in `ModelCard.titles`.
    folder : Path
        Of the model.

    Raises
    ------
    ModelError
        There is no such step, or the card and the file do not belong together.
    """
    steps = dict(zip(card.titles, card.steps, strict=True))
    if title not in steps:
        raise ModelError(f"model '{card.name}' has no step {title}", "export the model again")
    config = config_of(card, title)
    weights = load_weights(folder / steps[title].file, config).state_dict()
    history: dict[str, Any] = dict(card.training[title])
    return Checkpoint(
        config=config,
        split={"train": [], "validation": []},  # the card tells only how many
        revision=str(history.get("revision", "unknown")),
        step=int(history.get("optimiser_steps", 0)),
        elapsed_s=60 * float(history.get("minutes", 0)),
        model=weights,
        ema=weights,
        optimizer={},
        scores=dict(history.get("dice_on_synthetic_validation", {})),
        parent=dict(history.get("parent", {})),
    )


def _weights(model: onnx.ModelProto) -> dict[str, Tensor]:
    """Name and value of every parameter of the network that was exported."""
    found = {
        tensor.name.removesuffix(".half"): torch.tensor(numpy_helper.to_array(tensor)).float()
        for tensor in model.graph.initializer
    }
    for node in model.graph.node:  # the exporter keeps equal values once, and names them again
        if node.op_type == "Identity" and node.input[0] in found:
            found[node.output[0]] = found[node.input[0]]
    return found
