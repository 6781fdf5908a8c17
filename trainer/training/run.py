"""A run at one moment: network, averaged network, optimiser; begun fresh, from another, resumed."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kidview.core.errors import ModelError, SettingError
from trainer.config import Config
from trainer.networks import build
from trainer.training.checkpoint import Checkpoint, as_parent, git_revision, load


def _adamw(config: Config, network: nn.Module) -> torch.optim.Optimizer:
    is_card = next(network.parameters()).is_cuda
    return torch.optim.AdamW(
        network.parameters(), lr=config.rate, weight_decay=config.weight_decay, fused=is_card
    )


def _sgd(config: Config, network: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        network.parameters(),
        lr=config.rate,
        momentum=0.99,
        nesterov=True,
        weight_decay=config.weight_decay,
    )


OPTIMIZERS = {"adamw": _adamw, "sgd": _sgd}


def learning_rate(config: Config, step: int, progress: float) -> float:
    """Linear warm-up over steps, then down to 0 with the share of time gone.

    "adamw" follows half a cosine, "sgd" nnU-Net's polynomial of power 0.9.
    """
    warm, left = min(1.0, (step + 1) / config.warm_steps), 1 - min(progress, 1.0)
    if config.optimizer == "sgd":
        return config.rate * warm * float(left**0.9)
    return config.rate * warm * 0.5 * (1 - float(np.cos(np.pi * left)))


@dataclass
class Run:
    """What a training changes as it goes.

    Parameters
    ----------
    config : Config
    device : torch.device
    network, average : nn.Module
        The one that steps, and its averaged weights, which are validated and exported.
    optimizer : torch Optimizer
    step : int
        Optimiser steps done.
    elapsed_s : float
        Time of earlier sittings.
    scores : dict
        The last validation.
    parent : dict
        Of the run whose weights this one began with.
    revision : str
        Git commit of the code of this sitting.
    """

    config: Config
    device: torch.device
    network: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0
    elapsed_s: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)
    parent: dict[str, Any] = field(default_factory=dict)
    revision: str = field(default_factory=git_revision)
    weights: Tensor = field(init=False)

    def __post_init__(self) -> None:
        """Keep the class weights where the loss is computed."""
        self.weights = torch.tensor(self.config.class_weights).to(self.device)

    def set_rate(self, progress: float) -> float:
        """Give the optimiser the rate of this moment; returns it."""
        rate = learning_rate(self.config, self.step, progress)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        return rate

    def update_average(self) -> None:
        """Move the averaged weights toward the present ones, faster in the first steps."""
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.network.parameters(), strict=True)
            for mine, new in pairs:
                mine.lerp_(new, 1 - decay)
            # Batch norm's running statistics are no parameters; they are averages already.
            buffers = zip(self.average.buffers(), self.network.buffers(), strict=True)
            for mean, now in buffers:
                mean.copy_(now)

    def snapshot(self, elapsed_s: float, split: dict[str, list[str]]) -> Checkpoint:
        """The run as it is saved."""
        return Checkpoint(
            config=self.config,
            split=split,
            revision=self.revision,
            step=self.step,
            elapsed_s=elapsed_s,
            model=self.network.state_dict(),
            ema=self.average.state_dict(),
            optimizer=self.optimizer.state_dict(),
            scores=self.scores,
            parent=self.parent,
        )


def begin(config: Config, device: str) -> Run:
    """A fresh run.

    Raises
    ------
    SettingError
        No such device, or no such optimiser.
    """
    where = find_device(device)
    if config.optimizer not in OPTIMIZERS:
        names = ", ".join(OPTIMIZERS)
        raise SettingError(f"no optimiser '{config.optimizer}'", f"use one of: {names}")
    torch.manual_seed(config.seed)
    torch.backends.cudnn.benchmark = True  # patches are all of one size
    network = build(config).to(where)
    optimizer = OPTIMIZERS[config.optimizer](config, network)
    return Run(config, where, network, copy.deepcopy(network), optimizer)


def begin_with(config: Config, device: str, folder: Path) -> Run:
    """A run that starts with the averaged weights of another.

    Raises
    ------
    ModelError
        No usable checkpoint there, or of another network.
    """
    run, first = begin(config, device), load(folder)
    try:
        run.network.load_state_dict(first.ema)
        run.average.load_state_dict(first.ema)
    except RuntimeError as error:
        hint = "begin with a run of the same widths"
        raise ModelError("the weights to begin with are of another network", hint) from error
    run.parent = as_parent(first)
    return run


def resume(last: Checkpoint, device: str) -> Run:
    """The run as it was at its checkpoint."""
    run = begin(last.config, device)
    run.network.load_state_dict(last.model)
    run.average.load_state_dict(last.ema)
    run.optimizer.load_state_dict(last.optimizer)
    run.step, run.elapsed_s = last.step, last.elapsed_s
    run.scores, run.parent = last.scores, last.parent
    return run


def find_device(name: str) -> torch.device:
    """ "cpu", "cuda" or "auto": the graphics card where torch sees one.

    Raises
    ------
    SettingError
        Another name, or no such device here.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise SettingError(f"no device '{name}'", "use auto, cpu or cuda")
    seen = torch.cuda.is_available()
    if name == "cuda" and not seen:
        raise SettingError("torch sees no CUDA device", "install torch for CUDA, or use cpu")
    return torch.device("cuda" if seen and name != "cpu" else "cpu")
