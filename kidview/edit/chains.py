"""Which painted pieces belong to one solid, of which some slices were left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kidview.core.task import Task
from kidview.core.types import MaskArray, Triple
from kidview.edit.pieces import Numbers

ASIDE_MM = 9.0
"""Farther aside than this no piece becomes another: a slanting vessel does, two lesions do not."""

_TOUCHING = np.ones((3, 3, 3), bool)
_CUT_OFF = 0.7  # of the area of the slice before it: a solid that ends by itself narrows
_A_SLICE = 0.1  # of the largest slice of a piece of several
_CRUMB = 0.02  # of the largest slice of a piece of several: no hand's slice, but noise of its rim
_MOST_OF_IT = 0.5  # of the smaller end lies over the larger one


@dataclass(frozen=True, eq=False)
class Chain:
    """Pieces that become each other from slice to slice.

    Parameters
    ----------
    painted : (N, rows, columns) bool
        First axis along the gaps; only of these pieces.
    at : 3 slices
        Where `painted` lies in the stack of all pieces.
    """

    painted: MaskArray
    at: tuple[slice, slice, slice]


@dataclass(frozen=True)
class _Piece:
    """One piece in space.

    Its place, whether it may go on below and above, and the voxels of its largest slice.
    """

    number: int
    at: tuple[slice, slice, slice]
    goes_on: tuple[bool, bool]
    most: int

    @property
    def is_thin(self) -> bool:
        """One slice: nothing is known of how it goes on."""
        return bool(self.at[0].stop - self.at[0].start == 1)


class _Places:
    """Where pieces lie; thousands of specks are not to be tried one against another."""

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self._pieces = pieces
        ends = [[(side.start, side.stop) for side in piece.at] for piece in pieces]
        self._ends = np.array(ends, np.int64).reshape(len(pieces), 3, 2)

    def meeting(self, sides: Sequence[tuple[float, float]]) -> list[_Piece]:
        """Pieces whose box has something in common with (start, stop) along each axis."""
        low, high = np.array(sides).T
        meets = ((self._ends[:, :, 0] < high) & (self._ends[:, :, 1] > low)).all(axis=1)
        return [self._pieces[int(n)] for n in np.flatnonzero(meets)]


def chains(
    stack: MaskArray,
    spacing: Triple,
    widest_mm: float,
    margin_mm: float,
    task: Task | None = None,
) -> tuple[list[Chain], float]:
    """Group painted pieces into solids.

    Voxels that touch are one piece. Of two pieces with unpainted slices between them the upper
    goes on where the lower ends when the facing slices, laid on each other, overlap or are no
    farther apart than `ASIDE_MM` and the gap. Where a piece of several slices narrows to its
    last one it is at its end and is joined to single slices of a fair size only; two pieces of
    several slices must overlap by half as well. A crumb beside a larger piece of several
    slices, or much smaller than one, is joined to nothing. So a finished outline is all ends.

    Parameters
    ----------
    stack : (N, rows, columns) bool
        First axis along the gaps.
    spacing : 3 floats, mm
    widest_mm : float
        Pieces farther apart along the first axis are not joined.
    margin_mm : float
        Of each chain's array beyond its pieces, in the plane.
    task : Task, optional

    Returns
    -------
    list of Chain and float
        The chains, and how wide the narrowest gap is that was left for being too wide, mm;
        infinite where none was.
    """
    numbers, count = ndimage.label(stack, _TOUCHING)
    found = ndimage.find_objects(numbers)
    pieces = [_piece(numbers, n + 1, at) for n, at in enumerate(found)]
    large = _without_crumbs(numbers, pieces, spacing, task or Task())
    places, links, too_wide_mm = _Places(large), [], np.inf
    for low in large:
        (task or Task()).check()
        sides = [
            (s.start - ASIDE_MM / step - 1, s.stop + ASIDE_MM / step + 1)
            for s, step in zip(low.at[1:], spacing[1:], strict=True)
        ]
        for high in places.meeting([(low.at[0].stop + 1, np.inf), *sides]):
            gap_mm = (high.at[0].start - low.at[0].stop + 1) * spacing[0]
            is_apart = high.at[0].start > low.at[0].stop
            is_wide = gap_mm > widest_mm + 1e-6
            if not is_apart or (is_wide and gap_mm >= too_wide_mm):
                continue
            if _goes_on(numbers, low, high, spacing, gap_mm):
                if is_wide:
                    too_wide_mm = gap_mm
                else:
                    links.append((low.number - 1, high.number - 1))
    rows, columns = np.array(links or np.zeros((0, 2)), int).T
    graph = coo_array((np.ones(len(links), bool), (rows, columns)), shape=(count, count))
    number, of_chain = connected_components(graph, directed=False)
    margin = [int(margin_mm / step) for step in spacing[1:]]
    members: list[list[_Piece]] = [[] for _ in range(number)]
    for piece in pieces:
        members[of_chain[piece.number - 1]].append(piece)
    return [_chain(numbers, each, margin) for each in members], float(too_wide_mm)


def _piece(numbers: Numbers, number: int, at: tuple[slice, slice, slice]) -> _Piece:
    own = numbers[at] == number
    areas = own.sum(axis=(1, 2))
    if len(areas) == 1:
        return _Piece(number, at, (True, True), int(areas[0]))
    ends = (areas[0] >= _CUT_OFF * areas[1], areas[-1] >= _CUT_OFF * areas[-2])
    return _Piece(number, at, (bool(ends[0]), bool(ends[1])), int(areas.max()))


def _without_crumbs(
    numbers: Numbers, pieces: list[_Piece], spacing: Triple, task: Task
) -> list[_Piece]:
    """Pieces but those next to nothing, or beside something larger, of several slices."""
    thick = [piece for piece in pieces if not piece.is_thin]
    least = _CRUMB * max((piece.most for piece in thick), default=0)
    places, margin = _Places(thick), [int(ASIDE_MM / step) for step in spacing[1:]]

    def is_beside(piece: _Piece) -> bool:
        around = _grown(piece.at[1:], margin, numbers)
        for index in {piece.at[0].start, piece.at[0].stop - 1}:
            size = np.count_nonzero(numbers[index, *piece.at[1:]] == piece.number)
            sides = [(index, index + 1), *((side.start, side.stop) for side in around)]
            for other in places.meeting(sides):
                found = np.count_nonzero(numbers[index, *around] == other.number)
                if other.number != piece.number and found > size:
                    return True
        return False

    large = []
    for piece in pieces:
        task.check()
        if piece.most >= least and not is_beside(piece):
            large.append(piece)
    return large


def _is_slice_of(piece: _Piece, solid: _Piece) -> bool:
    """Whether it is what a hand paints to say that a solid goes on after all."""
    return piece.is_thin and piece.most >= _A_SLICE * solid.most


def _goes_on(numbers: Numbers, low: _Piece, high: _Piece, spacing: Triple, gap_mm: float) -> bool:
    """Whether the upper piece is the lower one again."""
    if not (low.goes_on[1] or _is_slice_of(high, low)):
        return False
    if not (high.goes_on[0] or _is_slice_of(low, high)):
        return False
    aside_mm = min(ASIDE_MM, gap_mm)
    if any(
        max(a.start - b.stop, b.start - a.stop) * step > aside_mm
        for a, b, step in zip(low.at[1:], high.at[1:], spacing[1:], strict=True)
    ):
        return False
    rows, columns = (
        slice(min(a.start, b.start), max(a.stop, b.stop))
        for a, b in zip(low.at[1:], high.at[1:], strict=True)
    )
    one = numbers[low.at[0].stop - 1, rows, columns] == low.number
    other = numbers[high.at[0].start, rows, columns] == high.number
    over = np.count_nonzero(one & other)
    if not low.is_thin and not high.is_thin:
        return bool(over >= _MOST_OF_IT * min(np.count_nonzero(one), np.count_nonzero(other)))
    if over:
        return True
    away = ndimage.distance_transform_edt(~other, spacing[1:])
    return bool(away[one].min() <= aside_mm)


def _chain(numbers: Numbers, members: list[_Piece], margin: list[int]) -> Chain:
    (low, high), *sides = (
        (min(piece.at[a].start for piece in members), max(piece.at[a].stop for piece in members))
        for a in range(3)
    )
    rows, columns = _grown([slice(*side) for side in sides], margin, numbers)
    at = (slice(low, high), rows, columns)
    painted = np.zeros((high - low, rows.stop - rows.start, columns.stop - columns.start), bool)
    for piece in members:
        z, y, x = (
            slice(p.start - a.start, p.stop - a.start) for p, a in zip(piece.at, at, strict=True)
        )
        painted[z, y, x] |= numbers[piece.at] == piece.number
    return Chain(painted, at)


def _grown(sides: Sequence[slice], margin: Sequence[int], numbers: Numbers) -> tuple[slice, slice]:
    """Rows and columns with a margin, as far as the array goes."""
    rows, columns = (
        slice(max(side.start - m, 0), min(side.stop + m, length))
        for side, m, length in zip(sides, margin, numbers.shape[1:], strict=True)
    )
    return rows, columns
