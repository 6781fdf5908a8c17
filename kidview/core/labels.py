"""Label maps and the table of labels."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakSet

import numpy as np

from kidview.core.box import Box
from kidview.core.errors import BadGeometry
from kidview.core.geometry import Geometry
from kidview.core.types import LabelArray
from kidview.core.volume import Note


@dataclass(frozen=True)
class Label:
    """A row of the label table.

    Parameters
    ----------
    id : int
        Value in the label map, KiTS23's numbers.
    name : str
    colour : str
        Okabe-Ito, told apart by colour-blind eyes.
    key : str
        Digit that makes it the active label.
    line : str
        Outline style, the second cue: "solid", "thick" or "dashed".
    """

    id: int
    name: str
    colour: str
    key: str
    line: str


LABELS = (
    Label(1, "kidney", "#56B4E9", "1", "solid"),
    Label(2, "tumour", "#D55E00", "2", "thick"),
    Label(3, "cyst", "#F0E442", "3", "dashed"),
)
LABEL_NAMES = {0: "background"} | {row.id: row.name for row in LABELS}


class LabelMap:
    """uint8 labels on a grid; read-only to all but `edit.apply`.

    Parameters
    ----------
    array : (Z, Y, X) uint8
        Copied unless `owned`; house order.
    geometry : Geometry
    owned : bool
        True hands the array over without a copy: the caller must not keep it.
    notes : tuple of Note
        What was odd in the file they were read from.
    """

    def __init__(
        self,
        array: LabelArray,
        geometry: Geometry,
        *,
        owned: bool = False,
        notes: tuple[Note, ...] = (),
    ) -> None:
        if array.shape != geometry.shape_zyx:
            raise BadGeometry("label array and grid differ in shape", "this is a fault, report it")
        if array.dtype != np.uint8:
            raise TypeError("labels must be uint8")
        self._data: LabelArray = array if owned else array.copy()
        self._data = np.ascontiguousarray(self._data)
        self._snapshots: WeakSet[Snapshot] = WeakSet()
        self.geometry = geometry
        self.notes = notes

    @classmethod
    def empty(cls, geometry: Geometry) -> LabelMap:
        """All background."""
        return cls(np.zeros(geometry.shape_zyx, np.uint8), geometry, owned=True)

    @property
    def array(self) -> LabelArray:
        """(Z, Y, X) uint8, a read-only view of the live labels."""
        view = self._data.view()
        view.setflags(write=False)
        return view

    def copy(self) -> LabelMap:
        """An independent copy."""
        return LabelMap(self._data, self.geometry)

    def snapshot(self) -> Snapshot:
        """The labels of now for a worker, which makes the copy while edits go on."""
        made = Snapshot(self)
        self._snapshots.add(made)
        return made

    def before_write(self, box: Box) -> None:
        """Tell the snapshots that the only writer is about to replace what is in a box."""
        for snapshot in self._snapshots:
            snapshot.keep(box)


class Snapshot:
    """The labels of one moment, whatever was edited since.

    A copy of a large map takes longer than the window may stand still, so a worker makes it.
    Edits that fall into that time are in the copy, in part or whole; but before each of them
    what it replaced was kept here, and put back last first it gives the moment again. No lock
    is needed: a voxel is one byte, there is one writer, and it keeps before it writes.

    Parameters
    ----------
    live : LabelMap
    """

    def __init__(self, live: LabelMap) -> None:
        self._live: LabelMap = live
        self._replaced: list[tuple[Box, LabelArray]] = []
        self._made: LabelMap | None = None

    def keep(self, box: Box) -> None:
        """Keep what is in a box, before it is replaced."""
        if self._made is None:
            self._replaced.append((box, self._live.array[box.slices].copy()))

    def labels(self) -> LabelMap:
        """The labels of the moment; copied the first time, by one thread."""
        if self._made is None:
            copy = self._live.array.copy()
            for box, old in reversed(tuple(self._replaced)):
                copy[box.slices] = old
            self._made = LabelMap(copy, self._live.geometry, owned=True)
            self._replaced.clear()
        return self._made
