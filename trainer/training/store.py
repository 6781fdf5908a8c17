"""Where samples come from, and those in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from kidview.cases import SetCase, find_cases, look_for_cases
from kidview.core.box import Box
from kidview.core.errors import ReadError, SettingError
from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import Triple
from trainer.config import Config
from trainer.data.pool import Pool
from trainer.data.prepared import OnGrid, Prepared
from trainer.data.split import is_held_back
from trainer.training.patches import Sample, cut, draw, make_sample, on_grid
from trainer.training.refining import with_clicks

_WHOLE_FROM_MM = 3.5  # on finer grids only what lies about the kidneys is kept
_MARGIN_MM = 80.0


class Source(Protocol):
    """Where samples come from: a folder that may still be growing."""

    @property
    def place(self) -> Path:
        """The folder, for messages."""

    @property
    def may_grow(self) -> bool:
        """Whether more samples may come."""

    def names(self) -> list[str]:
        """Complete samples, in a fixed order."""

    def read(self, name: str, spacing_zyx: Triple) -> OnGrid:
        """One of them, resampled to a grid."""


class PoolSource:
    """A pool folder as a source; refuses samples of the other side of the split.

    Parameters
    ----------
    folder : Path
    held_back : bool
        What every sample must say of itself.
    """

    may_grow = True

    def __init__(self, folder: Path, held_back: bool) -> None:
        self.place = folder
        self._pool = Pool(folder)
        self._held_back = held_back
        self._paths: dict[str, Path] = {}
        self._prepared = Prepared(folder / "prepared")

    def names(self) -> list[str]:
        """``folder/sample_n``, by number."""
        self._paths = {f"{p.parent.name}/{p.stem}": p for p in self._pool.paths()}
        return list(self._paths)

    def read(self, name: str, spacing_zyx: Triple) -> OnGrid:
        """A sample on a grid, resampled the first time it is asked for.

        Raises
        ------
        SettingError
            The sample belongs to the other side of the split, or does not say.
        """
        path, side = self._paths[name], "held back" if self._held_back else "trains"
        kept = self._prepared.load(path.stem, spacing_zyx, [path], side)
        if kept is not None:
            return kept
        item = self._pool.load(path)
        self._refuse_other_side(name, item.meta)
        if item.spacing_zyx == spacing_zyx:
            return OnGrid(item.hu, item.labels)
        geometry = Geometry.straight(item.labels.shape, item.spacing_zyx)
        found = on_grid(item.hu, item.labels, geometry, spacing_zyx)
        self._prepared.save(path.stem, spacing_zyx, side, found)
        return found

    def check_side(self) -> None:
        """Look at one sample, so that a wrong folder is told before anybody waits for it.

        Raises
        ------
        SettingError
            As `read`.
        """
        for name in self.names()[:1]:
            self._refuse_other_side(name, self._pool.meta(self._paths[name]))

    def _refuse_other_side(self, name: str, meta: Mapping[str, Any]) -> None:
        if meta.get("held_back") is not self._held_back:
            wanted = "held back for validation" if self._held_back else "meant for training"
            raise SettingError(
                f"sample {name} is not {wanted}", "give --pool and --val their folders"
            )


class DataSetSource:
    """A data set of real scans (KiTS23, nnU-Net raw, KidView's cases, flat) as a source.

    The hash of the patient's name says on which side of the split it stands, so one folder serves
    training and validation.

    Parameters
    ----------
    folder : Path
    held_back : bool
        Which side.
    prepared : Path
        Folder for resampled cases; the data set itself is never written to.
    without : collection of str
        Names of cases that are left out.
    """

    may_grow = False

    def __init__(
        self, folder: Path, held_back: bool, prepared: Path, without: Collection[str] = ()
    ) -> None:
        self.place = folder
        self._held_back = held_back
        self._without = without
        self._cases: dict[str, SetCase] = {}
        self._prepared = Prepared(prepared)

    @property
    def cases(self) -> list[SetCase]:
        """Those of `names`."""
        return [self._cases[name] for name in self.names()]

    def names(self) -> list[str]:
        """Cases of this side that have both scan and labels.

        Raises
        ------
        ReadError
            The folder is missing or holds no case in any known layout.
        CaseError
            A record of a case store is unusable.
        """
        if self._cases:  # a data set does not grow
            return list(self._cases)
        _, cases = find_cases(self.place)
        mine = [case for case in cases if is_held_back(case.patient) == self._held_back]
        whole = [case for case in mine if case.image and case.labels]
        self._cases = {case.name: case for case in whole if case.name not in self._without}
        return list(self._cases)

    def read(self, name: str, spacing_zyx: Triple) -> OnGrid:
        """A case on a grid; on fine grids cut to 8 cm about the kidneys and what was changed.

        Raises
        ------
        ReadError
            A file cannot be read, or has values that are no label.
        GridMismatch
            The labels do not lie on the scan's grid.
        CaseError
            A file of a case store is not the one its record tells of.
        """
        case, side = self._cases[name], "held back" if self._held_back else "trains"
        kept = self._prepared.load(name, spacing_zyx, case.files, side)
        if kept is not None:
            return kept
        scan = case.read_image(Task())
        labels = case.read_labels(scan, Task())
        changed = case.read_changed(labels)
        found = on_grid(scan.hu, labels.array, scan.geometry, spacing_zyx, changed)
        if max(spacing_zyx) < _WHOLE_FROM_MM:
            found = _about_kidneys(found, spacing_zyx)
        self._prepared.save(name, spacing_zyx, side, found)
        return found


def _about_kidneys(case: OnGrid, spacing_zyx: Triple) -> OnGrid:
    """The part with labels or changes and 8 cm about it; all of a case without any."""
    shown = case.labels > 0
    around = Box.tight(shown if case.changed is None else shown | case.changed)
    if around is None:
        return case
    z, y, x = (round(_MARGIN_MM / mm) for mm in spacing_zyx)
    part = around.grown((z, y, x), case.labels.shape).slices
    changed = None if case.changed is None else case.changed[part].copy()
    return OnGrid(case.hu[part].copy(), case.labels[part].copy(), changed)


def find_source(folder: Path, held_back: bool, prepared: Path) -> Source:
    """A folder of real cases, or else of drawn samples that may still be to come.

    Parameters
    ----------
    folder : Path
    held_back : bool
        Side of the split.
    prepared : Path
        Where resampled cases of data sets are kept, each data set in a folder of its own:
        two may have cases of the same name.

    Raises
    ------
    ReadError
        It is a file, or its cases cannot be told apart.
    SettingError
        A sample in it belongs to the other side of the split.
    """
    if folder.exists() and not folder.is_dir():
        raise ReadError(f"{folder} is a file", "give the folder of samples or cases")
    if Pool(folder).paths() or look_for_cases(folder) is None:
        drawn = PoolSource(folder, held_back)
        drawn.check_side()
        return drawn
    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return DataSetSource(folder, held_back, prepared / f"{folder.resolve().name}-{place}")


class Store:
    """Samples kept in memory, filled little by little from a growing folder.

    Parameters
    ----------
    source : Source
    config : Config
    device : torch.device
        Where the samples are kept, and patches cut.
    """

    def __init__(self, source: Source, config: Config, device: torch.device | str = "cpu") -> None:
        self.source = source
        self._config = config
        self._device = device
        self._reader = ThreadPoolExecutor(1)
        self._coming: Future[list[Sample]] | None = None
        self.samples: list[Sample] = []

    def load(self, most: int) -> int:
        """Read up to `most` samples that are new in the folder; returns how many came."""
        fresh = self._read(most)
        self.samples += fresh
        return len(fresh)

    def grow(self, most: int) -> None:
        """Take in what a thread beside the training has read, and let it read up to `most`."""
        if self._coming is not None and self._coming.done():
            self.samples += self._coming.result()
            self._coming = None
        if self._coming is None:
            self._coming = self._reader.submit(self._read, most)

    def _read(self, most: int) -> list[Sample]:
        known = set(self.names)
        fresh = [name for name in self.source.names() if name not in known][:most]
        return [self._sample(name) for name in fresh]

    def _sample(self, name: str) -> Sample:
        case = self.source.read(name, self._config.spacing_zyx)
        if case.labels.max() > 3:
            raise SettingError(
                f"sample {name} has the label {case.labels.max()}",
                "labels are 0 background, 1 kidney, 2 tumour, 3 cyst",
            )
        return make_sample(name, case, self._device)

    @property
    def names(self) -> list[str]:
        """Of the samples in memory."""
        return [sample.name for sample in self.samples]

    def batch(
        self, rng: np.random.Generator, replay: Store | None = None, share: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """(N, inputs, Z, Y, X) float32 and (N, Z, Y, X) int64, fresh random patches.

        A `share` of them is drawn from `replay` where there is one.
        """
        images, labels = [], []
        for _ in range(self._config.batch):
            is_old = replay is not None and rng.random() < share
            samples = replay.samples if replay is not None and is_old else self.samples
            sample = samples[int(rng.integers(len(samples)))]
            image, truth = cut(sample, self._config, draw(sample, self._config, rng))
            if self._config.role == "refine":
                image = with_clicks(image, truth, rng)
            images.append(image)
            labels.append(truth)
        return torch.stack(images), torch.stack(labels)
