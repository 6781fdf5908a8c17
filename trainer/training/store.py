"""Where samples come from, and those in memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from kidview.core.errors import SettingError
from kidview.core.geometry import Geometry
from kidview.core.types import HUArray, LabelArray, Triple
from trainer.config import Config
from trainer.data.pool import Pool
from trainer.training.patches import Sample, cut, draw, make_sample, on_grid


class Source(Protocol):
    """Where samples come from: a folder that may still be growing."""

    def names(self) -> list[str]:
        """Complete samples, in a fixed order."""

    def read(self, name: str, spacing_zyx: Triple) -> tuple[HUArray, LabelArray]:
        """Scan and labels of one of them, resampled to a grid."""


class PoolSource:
    """A pool folder as a source; refuses samples of the other side of the split.

    Parameters
    ----------
    folder : Path
    held_back : bool
        What every sample must say of itself.
    """

    def __init__(self, folder: Path, held_back: bool) -> None:
        self._pool = Pool(folder)
        self._held_back = held_back
        self._paths: dict[str, Path] = {}

    def names(self) -> list[str]:
        """``folder/sample_n``, by number."""
        self._paths = {f"{p.parent.name}/{p.stem}": p for p in self._pool.paths()}
        return list(self._paths)

    def read(self, name: str, spacing_zyx: Triple) -> tuple[HUArray, LabelArray]:
        """Scan and labels of a sample on a grid, resampled the first time it is asked for.

        The resampled ones are kept in the pool's folder ``prepared`` and made again when the
        sample has changed since.

        Raises
        ------
        SettingError
            The sample belongs to the other side of the split, or does not say.
        """
        path = self._paths[name]
        grid = "x".join(f"{mm:g}" for mm in spacing_zyx)
        kept = path.parent / "prepared" / grid / path.name
        if kept.exists() and kept.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            with np.load(kept) as file:
                self._check(name, bool(file["held_back"]))
                return file["hu"], file["labels"]
        item = self._pool.load(path)
        self._check(name, item.meta.get("held_back"))
        geometry = Geometry.straight(item.labels.shape, item.spacing_zyx)
        hu, labels = on_grid(item.hu, item.labels, geometry, spacing_zyx)
        _keep(kept, hu, labels, self._held_back)
        return hu, labels

    def _check(self, name: str, held_back: object) -> None:
        if held_back is not self._held_back:
            side = "held back for validation" if self._held_back else "meant for training"
            raise SettingError(
                f"sample {name} is not {side}", "give --pool and --val their folders"
            )


def _keep(path: Path, hu: HUArray, labels: LabelArray, held_back: bool) -> None:
    """Write beside and move into place; two runs may do it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.part")
    with beside.open("wb") as file:
        np.savez(file, hu=hu, labels=labels, held_back=held_back)
    os.replace(beside, path)


class Store:
    """Samples kept in memory, filled little by little from a growing folder.

    Parameters
    ----------
    source : Source
    config : Config
    """

    def __init__(self, source: Source, config: Config) -> None:
        self._source = source
        self._config = config
        self._skip: set[str] = set()
        self.samples: list[Sample] = []

    def load(self, most: int) -> int:
        """Read up to `most` samples that are new in the folder; returns how many came."""
        fresh = [name for name in self._source.names() if name not in self._skip][:most]
        for name in fresh:
            hu, labels = self._source.read(name, self._config.spacing_zyx)
            if labels.max() > 3:
                raise SettingError(
                    f"sample {name} has the label {labels.max()}",
                    "labels are 0 background, 1 kidney, 2 tumour, 3 cyst",
                )
            self._skip.add(name)
            self.samples.append(make_sample(name, hu, labels))
        return len(fresh)

    @property
    def names(self) -> list[str]:
        """Of the samples in memory."""
        return [sample.name for sample in self.samples]

    def batch(
        self, rng: np.random.Generator, device: torch.device | str = "cpu"
    ) -> tuple[Tensor, Tensor]:
        """(N, 1, Z, Y, X) float32 and (N, Z, Y, X) int64, fresh random patches."""
        images, labels = [], []
        for _ in range(self._config.batch):
            sample = self.samples[int(rng.integers(len(self.samples)))]
            image, truth = cut(sample, self._config, draw(sample, self._config, rng), device)
            images.append(image)
            labels.append(truth)
        return torch.stack(images), torch.stack(labels)
