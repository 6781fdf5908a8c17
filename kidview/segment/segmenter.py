"""Scan in, proposal out: find the kidneys on a coarse grid, outline each on a finer one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kidview.core.box import Box
from kidview.core.errors import ModelError
from kidview.core.geometry import Geometry
from kidview.core.modelcard import ModelCard, Step, read_card
from kidview.core.prepare import bytes_on_grid, labels_on_grid, normalise, to_spacing
from kidview.core.task import Task
from kidview.core.types import HUArray, LabelArray, ScoreArray
from kidview.core.uncertainty import Uncertainty, entropy
from kidview.core.volume import Volume
from kidview.segment.cleanup import clean
from kidview.segment.devices import CPU, CUDA, Running, choose_device, load_network
from kidview.segment.network import OutOfMemory
from kidview.segment.proposal import Proposal
from kidview.segment.regions import Regions, cores_in, kidney_regions
from kidview.segment.tiles import tile_scores

DEFAULT_MODEL = "kidview-small"
_LEAST_FAT_HU = -60
_ENHANCED_FROM_HU = 65  # unenhanced parenchyma has 30 to 45 HU, enhanced 80 and more
_DIVISOR = 16  # tiles stay divisible by this: four levels of halving

Load = Callable[[Path, Step, int, str], Running]
"""What makes a running network: `load_network` but for tests."""


def list_models(folder: Path) -> list[str]:
    """Names of the models in a folder, the default first."""
    names = sorted(path.stem for path in folder.glob("*.json"))
    return sorted(names, key=lambda name: name != DEFAULT_MODEL)


class Segmenter:
    """A model, ready to outline scans.

    Parameters
    ----------
    folder : Path
        Of the models.
    name : str
        Of the model: ``folder/name.json``.
    device : str
        As `choose_device` takes it; "cuda" and "openvino" refuse to run on anything else.
    load : callable, optional
        Makes the networks; tests give their own.

    Raises
    ------
    ModelError
        No such model, its card or files are unusable, or the device cannot be used.
    """

    def __init__(
        self, folder: Path, name: str, device: str = "auto", load: Load = load_network
    ) -> None:
        self._device = choose_device(device)
        self._is_strict = device == CUDA
        self.card = find_card(folder, name)
        self._load = lambda step, on: load(folder, step, 1 + len(self.card.labels), on)

    def run(self, volume: Volume, task: Task) -> Proposal:
        """Outline one scan.

        Parameters
        ----------
        volume : Volume
        task : Task
            Told about every tile; a cancel is noticed within one.

        Returns
        -------
        Proposal
            Labels on the scan's own grid, in the box that holds them.

        Raises
        ------
        ModelError
        Cancelled
        """
        began = time.monotonic()
        _refuse_other_than_ct(volume.hu)
        run = _Run(self._load, self._device, self._is_strict)
        regions, coarse = self._find(volume, run, task.part(0.0, 0.2))
        labels, unsure = self._outline(volume, regions.boxes, run, task.part(0.2, 0.95))
        run.release()
        task.report(0.95, "cleaning up")
        box = unsure.box
        grid = volume.geometry.crop(box)
        labels = clean(labels, cores_in(regions.cores, coarse, grid), grid.spacing_zyx)
        notes = [*run.notes, *regions.notes]
        inner = Box.tight(labels != 0)
        if inner is None:
            notes.append("no kidney was found")
            inner = Box((0, 0, 0), (1, 1, 1))
        notes += contrast_notes(volume.hu[box.slices], labels)
        task.report(1.0, "done")
        return Proposal(
            box=inner.shifted(box.start),
            labels=np.ascontiguousarray(labels[inner.slices]),
            voxel_ml=volume.geometry.voxel_ml,
            model=self.card.name,
            provider=run.provider,
            elapsed_s=time.monotonic() - began,
            notes=tuple(notes),
            uncertainty=unsure,
        )

    def _find(self, volume: Volume, run: _Run, task: Task) -> tuple[Regions, Geometry]:
        """Where the kidneys are by the mean of all coarse steps, and the grid of their cores."""
        coarse, (fine,) = self.card.steps_of("coarse"), self.card.steps_of("fine")
        task.report(0.0, "looking for kidneys")
        total, grid = run.scores(coarse[0], volume.hu, volume.geometry, task)
        for step in coarse[1:]:
            scores, _ = run.scores(step, volume.hu, volume.geometry, task)
            total += scores
        total /= len(coarse)
        return kidney_regions(total, grid, volume.geometry, fine), grid

    def _outline(
        self, volume: Volume, boxes: Sequence[Box], run: _Run, task: Task
    ) -> tuple[LabelArray, Uncertainty]:
        """Labels and doubt in the smallest box that holds all boxes."""
        (fine,) = self.card.steps_of("fine")
        hull = boxes[0] if boxes else Box((0, 0, 0), (1, 1, 1))
        for box in boxes[1:]:
            hull = hull.union(box)
        found, unsure = np.zeros(hull.shape, np.uint8), np.zeros(hull.shape, np.uint8)
        meaning = np.array([0, *self.card.labels], np.uint8)
        total, done = sum(box.size for box in boxes), 0
        for box in boxes:
            part = task.part(done / total, (done + box.size) / total)
            grid = volume.geometry.crop(box)
            scores, fine_grid = run.scores(fine, volume.hu[box.slices], grid, part)
            inside = box.shifted((-hull.start[0], -hull.start[1], -hull.start[2])).slices
            found[inside] = meaning[labels_on_grid(scores, fine_grid, grid)]
            unsure[inside] = bytes_on_grid(entropy(scores), fine_grid, grid)
            done += box.size
        return found, Uncertainty(hull, unsure)


class _Run:
    """One segmentation's networks: loaded when needed, moved away from a device that is full."""

    def __init__(self, load: Callable[[Step, str], Running], device: str, is_strict: bool) -> None:
        self._load, self._device, self._is_strict = load, device, is_strict
        self.notes: list[str] = []
        self.provider = "CPU"
        self._loaded: tuple[Step, str, Running] | None = None

    def scores(
        self, step: Step, hu: HUArray, geometry: Geometry, task: Task
    ) -> tuple[ScoreArray, Geometry]:
        """(C, z, y, x) probabilities of a region on the step's grid, and that grid."""
        task.report(0.0)
        grid_hu, grid = to_spacing(hu, geometry, step.spacing_zyx)
        image = normalise(grid_hu, step)
        while True:
            network = self._network(step)
            channels = network.channels
            try:
                scores = tile_scores(
                    image, network.run, step.tile_zyx, step.overlap, channels, task
                )
            except OutOfMemory:
                step = self._smaller(step)
            else:
                return scores, grid

    def release(self) -> None:
        """Give the network's memory back."""
        self._loaded = None

    def _network(self, step: Step) -> Running:
        """That of the box before where it fits: loading one takes as long as four tiles."""
        if self._loaded is None or self._loaded[:2] != (step, self._device):
            self.release()
            network = self._load(step, self._device)
            self._note_provider(network)
            self._loaded = (step, self._device, network)
        return self._loaded[2]

    def _note_provider(self, network: Running) -> None:
        self.provider = network.provider
        if self._device == CUDA and network.provider == "CPU":
            if self._is_strict:
                raise ModelError(
                    "cannot compute on CUDA: onnxruntime could not load it",
                    "install the extra 'cuda', or use --device cpu",
                )
            self._device = CPU
            self.notes.append("a graphics card is there, but CUDA could not be loaded: ran on CPU")

    def _smaller(self, step: Step) -> Step:
        """Half the tile along its longest axis, or the CPU when it cannot be halved."""
        if self._device != CUDA:
            raise ModelError("there is not enough memory for the network", "close other programs")
        tile = list(step.tile_zyx)
        axis = int(np.argmax(tile))
        half = tile[axis] // 2 // _DIVISOR * _DIVISOR
        if half < 2 * _DIVISOR:
            self._device = CPU
            self.notes.append("the graphics card ran out of memory: went on with the CPU")
            return step
        tile[axis] = half
        self.notes.append(f"the graphics card ran out of memory: tile made smaller, {tile}")
        return replace(step, tile_zyx=(tile[0], tile[1], tile[2]))


def _refuse_other_than_ct(hu: HUArray) -> None:
    """A body in HU has fat or air; a label map, a picture or unscaled values have not."""
    some = hu[::3, ::4, ::4]
    low, high = int(some.min()), int(some.max())
    if low > _LEAST_FAT_HU:
        raise ModelError(
            f"values from {low} to {high} hold neither fat nor air",
            "open a CT in HU, not a label map or values that were never scaled",
        )


def find_card(folder: Path, name: str) -> ModelCard:
    """The card of a model by its name; raises ModelError with those there are."""
    path = folder / f"{name}.json"
    if not path.is_file():
        names = ", ".join(list_models(folder)) or "none is installed"
        raise ModelError(f"no model is called '{name}'", f"models there are: {names}")
    return read_card(path)


def contrast_notes(hu: HUArray, labels: LabelArray) -> list[str]:
    """A warning where kidneys are not enhanced: solid masses then look like kidney.

    Parameters
    ----------
    hu : (Z, Y, X) int16
    labels : (Z, Y, X) uint8
        On the same grid.
    """
    kidney = hu[labels == 1]
    if kidney.size == 0 or (median := float(np.median(kidney))) >= _ENHANCED_FROM_HU:
        return []
    return [f"no contrast agent in the kidneys ({median:.0f} HU): do not rely on tumours and cysts"]
