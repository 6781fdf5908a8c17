"""All a run needs to go on, or to be understood later, in one file written atomically."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from kidview.core.errors import ModelError, WriteError
from kidview.io import as_write_error
from trainer.config import Config

FILE = "last.pt"
# What torch.load raises on files that are empty, cut short, or something else.
_DAMAGE = (
    OSError, RuntimeError, TypeError, KeyError, ValueError, EOFError, AttributeError,
    UnpicklingError,
)  # fmt: skip


@dataclass(frozen=True)
class Checkpoint:
    """A moment of a run.

    Parameters
    ----------
    config : Config
    split : dict
        "train" and "validation": names of the samples seen so far.
    revision : str
        Git commit of the code, "+" behind it where files had changed.
    step : int
        Optimiser steps done.
    elapsed_s : float
        Time spent training, over all resumptions.
    model, ema, optimizer : dict
        State dictionaries; `ema` holds the averaged weights that are exported.
    scores : dict
        The last validation.
    parent : dict
        Of the run whose weights this one began with: steps, minutes, configuration, its parent.
    """

    config: Config
    split: dict[str, list[str]]
    revision: str
    step: int
    elapsed_s: float
    model: dict[str, Any]
    ema: dict[str, Any]
    optimizer: dict[str, Any]
    scores: dict[str, float]
    parent: dict[str, Any] = field(default_factory=dict)


def save(checkpoint: Checkpoint, folder: Path) -> None:
    """Write ``folder/last.pt`` beside and move it into place.

    Raises
    ------
    WriteError
        The checkpoint before, if any, is as it was.
    """
    table = dict(vars(checkpoint), config=checkpoint.config.to_dict())
    beside = folder / f"{FILE}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as stream:  # given a path, torch does not tell of a full disk
            torch.save(table, stream)
        os.replace(beside, folder / FILE)
    except OSError as error:
        beside.unlink(missing_ok=True)  # it may be what fills the disk
        raise WriteError(
            as_write_error(folder / FILE, error).what,
            "see to the folder and call again: it goes on from the checkpoint before",
        ) from error


def load(folder: Path) -> Checkpoint:
    """Read the checkpoint of a run's folder.

    Raises
    ------
    ModelError
        There is none, or it is damaged.
    """
    path = folder / FILE
    if not path.exists():
        raise ModelError(f"no checkpoint in {folder}", "give the --out folder of a training run")
    try:
        table = torch.load(path, map_location="cpu", weights_only=True)
        return Checkpoint(**dict(table, config=Config.from_dict(table["config"])))
    except _DAMAGE as error:
        raise ModelError(f"checkpoint {path} is damaged", "train again or use a copy") from error


def as_parent(run: Checkpoint) -> dict[str, Any]:
    """What a run that begins with these weights remembers of them."""
    return {
        "optimiser_steps": run.step,
        "minutes": round(run.elapsed_s / 60, 1),
        "config": run.config.to_dict(),
        "parent": run.parent,
    }


def git_revision() -> str:
    """Commit of the code in use; outside a git checkout what KIDVIEW_REVISION says of it."""
    here = Path(__file__).parent
    try:
        commit = _git(here, "rev-parse", "HEAD")
        return commit + ("+" if _git(here, "status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return os.environ.get("KIDVIEW_REVISION", "unknown")


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
