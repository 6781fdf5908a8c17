"""The journal of a scan's labels: records that give labels, undo and redo again.

A file is `MAGIC` and then records. A record is the length and the CRC-32 of its body, then the
body: the length of a head, the head as JSON, and blobs whose lengths the head tells. A record
that is cut short or changed ends the journal, for each builds on those before it.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kidview.core.box import Box
from kidview.core.errors import BrokenFile
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.types import LabelArray
from kidview.edit.apply import repeat, revert
from kidview.edit.delta import BoxDelta
from kidview.edit.history import Step
from kidview.edit.touched import Touched

MAGIC = b"KidView journal 1\n"
_FRAME = struct.Struct("<II")  # bytes of the body, its CRC-32
_LENGTH = struct.Struct("<I")
_SENSELESS = (KeyError, IndexError, TypeError, ValueError, zlib.error)


@dataclass(frozen=True, eq=False)
class Record:
    """One entry.

    Parameters
    ----------
    kind : str
        "step", "at", "saved", "effort" and "labels" are this module's; others are carried along.
    fields : dict
        What JSON can hold.
    blobs : tuple of bytes
    """

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    blobs: tuple[bytes, ...] = ()

    def pack(self) -> bytes:
        """The record as the journal holds it."""
        row = {"kind": self.kind, **self.fields, "blobs": [len(blob) for blob in self.blobs]}
        head = json.dumps(row, separators=(",", ":")).encode()
        body = b"".join((_LENGTH.pack(len(head)), head, *self.blobs))
        return _FRAME.pack(len(body), zlib.crc32(body)) + body

    @classmethod
    def unpack(cls, body: bytes) -> Record:
        """A record from its body; raises ValueError, KeyError or TypeError for another one's."""
        start = _LENGTH.size + int.from_bytes(body[: _LENGTH.size], "little")
        row = json.loads(body[_LENGTH.size : start])
        kind, blobs = row.pop("kind"), []
        for length in row.pop("blobs"):
            blobs.append(body[start : start + length])
            start += length
        if start != len(body):
            raise ValueError("the blobs do not fill the record")
        return cls(kind, row, tuple(blobs))


def read_records(path: Path) -> Iterator[tuple[Record, int]]:
    """Records up to the first that is not whole, each with the offset of its end.

    Raises
    ------
    BrokenFile
        This is no journal, or one of a newer version.
    """
    try:
        with path.open("rb") as stream:
            if stream.read(len(MAGIC)) != MAGIC:
                raise BrokenFile(
                    f"{path.name} is no journal of this version", "use the newest KidView"
                )
            size = os.fstat(stream.fileno()).st_size
            while len(frame := stream.read(_FRAME.size)) == _FRAME.size:
                length, checksum = _FRAME.unpack(frame)
                if length > size - stream.tell():
                    return
                body = stream.read(length)
                if zlib.crc32(body) != checksum:
                    return
                try:
                    record = Record.unpack(body)
                except _SENSELESS:
                    return  # such as zeros after a power cut: of no bytes the CRC is zero, too
                yield record, stream.tell()
    except OSError as error:
        why = error.strerror or str(error)
        raise BrokenFile(f"{path.name} cannot be read ({why})", "check the disk") from error


# -- what is recorded ----------------------------------------------------------


def step_record(
    number: int,
    step: Step,
    touched: Sequence[Touched] = (),
    seconds: float = 0.0,
    operations: Mapping[str, int] | None = None,
) -> Record:
    """A step just done.

    Parameters
    ----------
    number : int
        How many steps were in effect before it.
    step : Step
    touched : Touched
        What a hand reached; kept as one mask.
    seconds, operations
        Of editing, and with which tools, this step included.
    """
    reached = Touched.merged(touched)
    fields = {
        "number": number,
        "title": step.title,
        "seconds": round(seconds, 1),
        "operations": dict(operations or {}),
        "boxes": [_corners(delta.box) for delta in step.deltas],
        "touched": [_corners(one.box) for one in reached],
    }
    blobs = [blob for delta in step.deltas for blob in (delta.old, delta.new)]
    return Record("step", fields, (*blobs, *(one.packed for one in reached)))


def labels_record(labels: LabelArray, **fields: Any) -> Record:
    """A whole label map, as the box that is not background."""
    box = Box.tight(labels != 0)
    if box is None:
        return Record("labels", {**fields, "box": None})
    packed = zlib.compress(labels[box.slices].tobytes(), 1)
    return Record("labels", {**fields, "box": _corners(box)}, (packed,))


def labels_of(record: Record, geometry: Geometry) -> LabelMap:
    """The label map of a `labels_record`; raises BrokenFile if it does not fit the grid."""
    array = np.zeros(geometry.shape_zyx, np.uint8)
    try:
        if record.fields["box"] is not None:
            box = box_of(record.fields["box"])
            array[box.slices] = unpacked(record.blobs[0], box)
    except _SENSELESS as error:
        raise BrokenFile("labels of the journal do not fit their grid", _OLDER) from error
    return LabelMap(array, geometry, owned=True)


def effort_record(
    seconds: float,
    operations: Mapping[str, int],
    open_steps: Sequence[int],
    touched: Touched | None,
) -> Record:
    """What hands did in all, after a case took some of it over or a new journal began.

    Parameters
    ----------
    seconds, operations
        Not yet kept in a case.
    open_steps : ints
        Numbers of the steps whose touched voxels no case holds yet.
    touched : Touched or None
        By steps too old to be undone.
    """
    fields = {
        "seconds": round(seconds, 1),
        "operations": dict(operations),
        "open": list(open_steps),
        "earlier": None if touched is None else _corners(touched.box),
    }
    return Record("effort", fields, () if touched is None else (touched.packed,))


def unpacked(packed: bytes, box: Box) -> LabelArray:
    """(Z, Y, X) uint8 of a box from its zlib blob."""
    return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(box.shape)


def _corners(box: Box) -> list[int]:
    return [*box.start, *box.stop]


def box_of(corners: Sequence[int]) -> Box:
    """The box of six numbers in a record; raises ValueError for others."""
    z0, y0, x0, z1, y1, x1 = (int(number) for number in corners)
    return Box((z0, y0, x0), (z1, y1, x1))


# -- and played again ----------------------------------------------------------

_OLDER = "it was written by another version, or by hand"


class Replay:
    """What the records so far come to.

    Parameters
    ----------
    first : int
        Number of the first step in the journal; older ones cannot be undone.

    Attributes
    ----------
    labels : LabelMap or None
        None follows the history alone; set it, and from then on labels change with it.
    steps : list of Step
    count : int
        How many steps are in effect, those before `first` included.
    saved : int or None
        How many were in effect in the state saved last; None when it cannot come back.
    seconds : float
    operations : dict
    touched : list
        What a hand reached, step by step.
    """

    def __init__(self, first: int = 0) -> None:
        self.labels: LabelMap | None = None
        self.first = self.count = first
        self.steps: list[Step] = []
        self.saved: int | None = first
        self.seconds = 0.0
        self.operations: dict[str, int] = {}
        self.touched: list[tuple[Touched, ...]] = [()] * first

    @property
    def is_dirty(self) -> bool:
        """Whether the labels differ from those saved."""
        return self.saved != self.count

    def take(self, record: Record) -> None:
        """Do what a record tells; raises BrokenFile for one that does not follow the others."""
        take = {
            "step": self._step,
            "at": self._go,
            "saved": self._save,
            "effort": self._effort,
        }.get(record.kind)
        if take is None:
            return
        try:
            take(record)
        except _SENSELESS as error:
            raise BrokenFile(f"a record '{record.kind}' makes no sense", _OLDER) from error

    def _step(self, record: Record) -> None:
        number, blobs = int(record.fields["number"]), record.blobs
        if number != self.count:
            raise ValueError("a step is missing before this one")
        boxes = [box_of(corners) for corners in record.fields["boxes"]]
        pairs = zip(boxes, blobs[: 2 * len(boxes) : 2], blobs[1 : 2 * len(boxes) : 2], strict=True)
        step = Step(record.fields["title"], tuple(BoxDelta(*pair) for pair in pairs))
        places = [box_of(corners) for corners in record.fields["touched"]]
        reached = zip(places, blobs[2 * len(boxes) :], strict=True)
        if self.labels is not None:
            repeat(self.labels, step.deltas)
        if self.saved is not None and self.saved > number:
            self.saved = None  # it was undone, and this step came in its place
        del self.steps[number - self.first :], self.touched[number:]
        self.steps.append(step)
        self.touched.append(tuple(Touched(*pair) for pair in reached))
        self.count = number + 1
        self._spend(record)

    def _go(self, record: Record) -> None:
        number = int(record.fields["number"])
        if not self.first <= number <= self.first + len(self.steps):
            raise ValueError("no such step")
        start, stop = self.count - self.first, number - self.first
        if self.labels is not None and start != stop:
            if stop < start:
                revert(self.labels, [d for step in self.steps[stop:start] for d in step.deltas])
            else:
                repeat(self.labels, [d for step in self.steps[start:stop] for d in step.deltas])
        self.count = number

    def _save(self, record: Record) -> None:
        number = record.fields["number"]
        self.saved = None if number is None else int(number)

    def _effort(self, record: Record) -> None:
        fields, open_steps = record.fields, set(record.fields["open"])
        self._spend(record)
        self.touched = [t if n in open_steps else () for n, t in enumerate(self.touched)]
        if fields["earlier"] is not None and self.touched:
            earlier = Touched(box_of(fields["earlier"]), record.blobs[0])
            self.touched[0] = (*self.touched[0], earlier)

    def _spend(self, record: Record) -> None:
        self.seconds = float(record.fields["seconds"])
        self.operations = {str(k): int(n) for k, n in record.fields["operations"].items()}
