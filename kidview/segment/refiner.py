"""Labels mended about a click: a small network sees the scan, the labels so far and the clicks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.clicks import Click, told
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.modelcard import Step
from kidview.core.prepare import label_to_spacing, labels_on_grid, normalise, to_spacing
from kidview.core.task import Task
from kidview.core.types import HUArray, Index, LabelArray, MaskArray, ScoreArray
from kidview.segment.devices import choose_device, load_network
from kidview.segment.segmenter import Load, find_card
from kidview.segment.tiles import softmax

_TOUCH_MM = 4.0  # a change that comes no nearer to a click than this is not what was asked for
_RIM_MM = 8.0  # how far about a click a label that is there already may be drawn anew
_WHOLE = 0.7  # share of a piece's voxels from which it counts as false altogether
_CORNERS = np.ones((3, 3, 3), bool)

Pieces = npt.NDArray[np.int32]


class Refiner:
    """A model's refining network, ready to correct scans.

    Parameters
    ----------
    folder : Path
        Of the models.
    name : str
    device : str
        As `choose_device` takes it.
    load : callable, optional
        Makes the network; tests give their own.

    Raises
    ------
    ModelError
        No such model, it has no refining network, or it is unusable.
    """

    def __init__(
        self, folder: Path, name: str, device: str = "auto", load: Load = load_network
    ) -> None:
        card = find_card(folder, name)
        (self._step,) = card.steps_of("refine")
        self._meaning = np.array([0, *card.labels], np.uint8)
        chosen = choose_device(device)
        self._network = load(folder, self._step, len(self._meaning), chosen)

    def run(
        self,
        hu: HUArray,
        geometry: Geometry,
        labels: LabelArray,
        clicks: Sequence[Click],
        task: Task,
    ) -> tuple[Box, MaskArray, LabelArray]:
        """What shall change because of clicks.

        Parameters
        ----------
        hu : (Z, Y, X) int16
        geometry : Geometry
        labels : (Z, Y, X) uint8
            As they are.
        clicks : sequence of Click
            Voxels of the scan; the last one is in the middle of what the network sees.
        task : Task

        Returns
        -------
        Box, (Z, Y, X) bool, (Z, Y, X) uint8
            Which voxels of the box change, and all its labels as they would be. Only labels that
            were clicked come, where they hang together with their click; what was clicked gets
            its label in any case.

        Raises
        ------
        EditRefused
            The network would change nothing at the click.
        ModelError
        Cancelled
        """
        step = self._step
        box = _tile_box(clicks[-1], geometry, step)
        grid, old = geometry.crop(box), labels[box.slices]
        fine_hu, fine = to_spacing(hu[box.slices], grid, step.spacing_zyx)
        image = normalise(_fitted(fine_hu, step.tile_zyx, int(fine_hu.min())), step)
        so_far = _fitted(label_to_spacing(old, grid, step.spacing_zyx), step.tile_zyx, 0)
        there = [_moved(click, geometry, fine) for click in clicks]
        task.report(0.1, "refining")
        logits = self._network.run(told(image, so_far, there), task)
        seen = tuple(slice(min(n, t)) for n, t in zip(fine.shape_zyx, step.tile_zyx, strict=True))
        scores = _fitted_scores(softmax(logits)[(slice(None), *seen)], fine.shape_zyx)
        new = self._meaning[labels_on_grid(scores, fine, grid)]
        local = [_moved(click, geometry, grid) for click in clicks]
        mask = _near_clicks(new, old, local, grid)
        tight = Box.tight(mask)
        if tight is None:
            raise EditRefused(
                "the network sees nothing to change here", "click elsewhere, or paint it by hand"
            )
        return tight.shifted(box.start), mask[tight.slices], new[tight.slices]


def _tile_box(click: Click, geometry: Geometry, step: Step) -> Box:
    """The part of a scan that a tile about a click sees."""
    at = np.rint(click.at_zyx).astype(int)
    start, stop = [], []
    for c, tile, mm, spacing, n in zip(
        at, step.tile_zyx, step.spacing_zyx, geometry.spacing_zyx, geometry.shape_zyx, strict=True
    ):
        size = min(max(int(tile * mm / spacing), 1), n)
        low = int(min(max(c - size // 2, 0), n - size))
        start.append(low)
        stop.append(low + size)
    return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))


def _moved(click: Click, source: Geometry, target: Geometry) -> Click:
    """A click as an index on another grid."""
    z, y, x = (float(v) for v in target.ras_to_index(source.index_to_ras(click.at_zyx)))
    return Click((z, y, x), click.label)


def _fitted(array: npt.NDArray[Any], shape: Index, fill: int) -> npt.NDArray[Any]:
    """An array of exactly that shape: cut or filled behind."""
    kept = array[tuple(slice(n) for n in shape)]
    missing = [(0, n - m) for n, m in zip(shape, kept.shape, strict=True)]
    return np.pad(kept, missing, constant_values=fill)


def _fitted_scores(scores: ScoreArray, shape: Index) -> ScoreArray:
    """Scores of exactly that shape, the outermost continued where a tile was too short."""
    missing = [(0, n - m) for n, m in zip(shape, scores.shape[1:], strict=True)]
    return np.pad(scores, [(0, 0), *missing], mode="edge")


def _near_clicks(
    new: LabelArray, old: LabelArray, clicks: Sequence[Click], grid: Geometry
) -> MaskArray:
    """Where a label that was clicked comes, hanging together with its click.

    What else the network would change nobody asked for. A click beside what has its label
    already is about the rim there and changes nothing farther off, unless the piece clicked goes
    as a whole: without that rule one such click took a tumour from 0.922 of Dice to 0.826. Sets
    the clicked voxels in `new`, in place.
    """
    shape = (new.shape[0], new.shape[1], new.shape[2])
    inside = []
    for click in clicks:
        z, y, x = (round(v) for v in click.at_zyx)
        if all(0 <= v < n for v, n in zip((z, y, x), shape, strict=True)):
            new[z, y, x] = click.label
            inside.append(click)  # others are of earlier, beyond this tile
    mask, coming = np.zeros(shape, bool), dict[int, Pieces]()
    for click in inside:
        if click.label not in coming:
            fresh = (new == click.label) & (old != click.label)
            coming[click.label] = ndimage.label(fresh, _CORNERS)[0]
        pieces = coming[click.label]
        box, ball = _ball(click, _TOUCH_MM, grid)
        touched = np.unique(pieces[box.slices][ball])
        is_rim = bool((old[box.slices][ball] == click.label).any())
        if is_rim and not _goes_whole(click, old, pieces, touched):
            box, ball = _ball(click, _RIM_MM, grid)
        else:
            box, ball = Box.whole(shape), np.ones(shape, bool)
        mask[box.slices] |= np.isin(pieces[box.slices], touched[touched > 0]) & ball
    return mask


def _goes_whole(click: Click, old: LabelArray, pieces: Pieces, touched: Pieces) -> bool:
    """Whether the piece of a label that was clicked changes nearly all."""
    z, y, x = (round(v) for v in click.at_zyx)
    if old[z, y, x] == 0:
        return False
    numbers, _count = ndimage.label(old == old[z, y, x], _CORNERS)
    piece = numbers == numbers[z, y, x]
    goes = np.isin(pieces[piece], touched[touched > 0])
    return bool(goes.mean() >= _WHOLE)


def _ball(click: Click, radius_mm: float, grid: Geometry) -> tuple[Box, MaskArray]:
    """The voxels about a click, inside the grid."""
    reach = np.array([radius_mm / mm for mm in grid.spacing_zyx])
    box = Box.around(click.at_zyx, reach.tolist(), grid.shape_zyx)
    axes = zip(np.ogrid[box.slices], click.at_zyx, reach, strict=True)
    return box, np.asarray(sum(((g - c) / r) ** 2 for g, c, r in axes) <= 1)
