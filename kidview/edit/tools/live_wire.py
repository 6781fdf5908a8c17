"""Live-wire: an outline that follows edges of the scan from click to click."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from kidview.core.types import FloatArray, HUArray, ScoreArray
from kidview.edit.tools.polygon import fill
from kidview.edit.tools.row import Point, ToolRow

Place = tuple[int, int]
"""A pixel of a slice: row, column."""

PathArray = npt.NDArray[np.intp]
"""(N, 2) pixels of a way, each a neighbour of the one before."""

_SMOOTH_MM = 1.0  # standard deviation of the blur before differences are taken
_EDGE_HU_MM = 20.0  # kidney to tumour gives about this, kidney to fat 80, noise 3
_PEAK_MM = 1.5  # an edge is where the gradient is highest within this distance
_LEAST = 0.05  # cost of a mm along the best edge; it is 1 where there is none
_ACROSS = 0.5  # more cost of a mm straight across the best edge
_FIRST_LOOK = 64  # pixels to each side of the anchor that are looked at first
_FURTHER = 32  # pixels looked at beyond a place that is farther away
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))  # half of the eight neighbours, the rest mirrors them


class LiveWire:
    """Cheapest ways over one slice; cheap is along an edge.

    A step costs its length in mm times the mean of what its two pixels charge for a mm.
    Blur, gradient and lengths are in mm, so a coronal slice of 5 x 0.7 mm is treated like an
    axial one.

    Parameters
    ----------
    plane_hu : (rows, columns) int16
        The slice, HU.
    spacing : (row, column)
        mm between pixels.

    Source: Mortensen and Barrett 1995, SIGGRAPH, 191-198.
    """

    def __init__(self, plane_hu: HUArray, spacing: tuple[float, float]) -> None:
        self.spacing = spacing
        self.shape: Place = (plane_hu.shape[0], plane_hu.shape[1])
        self._hu = plane_hu
        self._last: Paths | None = None

    def from_(self, anchor: Place) -> Paths:
        """Ways from a pixel (clipped to the slice); those of the last anchor are kept."""
        place = self.clipped(anchor)
        if self._last is None or self._last.anchor != place:
            self._last = Paths(self, place)
        return self._last

    def path(self, start: Point, end: Point) -> list[Point]:
        """Points between two points, (row, column); both left out."""
        first, last = (self.clipped((round(r), round(c))) for r, c in (start, end))
        return [(float(r), float(c)) for r, c in self.from_(first).to(last)[1:-1]]

    def clipped(self, place: Place) -> Place:
        """The nearest pixel of the slice."""
        rows, columns = self.shape
        return (min(max(place[0], 0), rows - 1), min(max(place[1], 0), columns - 1))

    @cached_property
    def _gradient(self) -> tuple[ScoreArray, ScoreArray, ScoreArray]:
        """HU/mm along rows and columns after the blur, and their magnitude."""
        blur = [_SMOOTH_MM / s for s in self.spacing]
        smooth = ndimage.gaussian_filter(self._hu.astype(np.float32), blur, truncate=3.0)
        along = [
            np.gradient(smooth, step, axis=axis) if n > 1 else np.zeros_like(smooth)
            for axis, (n, step) in enumerate(zip(self.shape, self.spacing, strict=True))
        ]
        return along[0], along[1], np.hypot(along[0], along[1])

    @cached_property
    def edge(self) -> ScoreArray:
        """(rows, columns) how much of an edge a pixel is: 0 none, 1 a strong one's crest."""
        magnitude = self._gradient[2]
        size = [2 * round(_PEAK_MM / s) + 1 for s in self.spacing]
        highest = ndimage.maximum_filter(magnitude, size)
        crest = magnitude / np.maximum(highest, 1e-6)
        edge: ScoreArray = (1.0 - np.exp(-magnitude / _EDGE_HU_MM)) * crest**2
        return edge

    def costs(self, window: _Window) -> list[FloatArray]:
        """Cost of each of `_STEPS` from the pixels of a window that have that neighbour."""
        edge = self.edge[window.slices]
        down, right, magnitude = (g[window.slices] for g in self._gradient)
        plain = 1.0 - (1.0 - _LEAST) * edge
        crossing = _ACROSS * edge / np.maximum(magnitude, 1e-6)
        costs = []
        for step in _STEPS:
            way = (step[0] * self.spacing[0], step[1] * self.spacing[1])
            length = float(np.hypot(*way))
            charge = length * plain + crossing * np.abs(down * way[0] + right * way[1])
            here, there = _pairs(step, plain.shape)
            costs.append((charge[here] + charge[there]) / 2)
        return costs


class Paths:
    """Cheapest ways from one pixel, found once; a look-up then takes no time.

    Only a window of the slice is looked at; it grows when a place outside is asked for.

    Parameters
    ----------
    wire : LiveWire
    anchor : (row, column)
        Where all ways start.
    """

    def __init__(self, wire: LiveWire, anchor: Place) -> None:
        self.anchor = anchor
        self._wire = wire
        self._window = _Window.around(anchor, [_FIRST_LOOK] * 2, wire.shape)
        self._search()

    def holds(self, place: Place) -> bool:
        """Whether `to` answers at once."""
        return self._window.holds(self._wire.clipped(place))

    def to(self, place: Place) -> PathArray:
        """The way to a pixel (clipped to the slice), the anchor first.

        Returns
        -------
        (N, 2) int
            Rows and columns, each a neighbour of the one before.
        """
        end = self._wire.clipped(place)
        if not self._window.holds(end):
            further = _Window.around(end, [_FURTHER] * 2, self._wire.shape)
            self._window = self._window.joined(further)
            self._search()
        columns = self._window.shape[1]
        at = self._number(end)
        numbers = [at]
        while (at := int(self._before[at])) >= 0:
            numbers.append(at)
        path = np.array(np.divmod(numbers[::-1], columns)).T
        return np.asarray(path + self._window.start, dtype=np.intp)

    def cost_to(self, place: Place) -> float:
        """What the way to a pixel costs, in mm of plain ground."""
        self.to(place)
        return float(self._cost[self._number(self._wire.clipped(place))])

    def _number(self, place: Place) -> int:
        (row, column), columns = self._window.start, self._window.shape[1]
        return (place[0] - row) * columns + place[1] - column

    def _search(self) -> None:
        graph = _graph(self._wire.costs(self._window), self._window.shape)
        self._cost, self._before = dijkstra(
            graph, indices=self._number(self.anchor), return_predecessors=True
        )


@dataclass(frozen=True)
class _Window:
    """A half-open rectangle of pixels."""

    start: Place
    stop: Place

    @classmethod
    def around(cls, place: Place, reach: list[int], within: Place) -> _Window:
        low = [max(p - r, 0) for p, r in zip(place, reach, strict=True)]
        high = [min(p + r + 1, n) for p, r, n in zip(place, reach, within, strict=True)]
        return cls((low[0], low[1]), (high[0], high[1]))

    @property
    def shape(self) -> Place:
        return (self.stop[0] - self.start[0], self.stop[1] - self.start[1])

    @property
    def slices(self) -> tuple[slice, slice]:
        return (slice(self.start[0], self.stop[0]), slice(self.start[1], self.stop[1]))

    def holds(self, place: Place) -> bool:
        return all(a <= p < b for a, p, b in zip(self.start, place, self.stop, strict=True))

    def joined(self, other: _Window) -> _Window:
        low = np.minimum(self.start, other.start).tolist()
        high = np.maximum(self.stop, other.stop).tolist()
        return _Window((low[0], low[1]), (high[0], high[1]))


def _pairs(step: Place, shape: tuple[int, ...]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a step starts and where it ends, for all pixels for which it stays inside."""
    (down, right), (rows, columns) = step, shape
    left = max(-right, 0)
    here = (slice(0, rows - down), slice(left, columns - max(right, 0)))
    there = (slice(down, rows), slice(max(right, 0), columns - left))
    return here, there


def _graph(costs: list[FloatArray], shape: Place) -> csr_array:
    """Eight arcs a pixel, those that would leave the window bent back to where they start.

    With as many arcs everywhere the matrix is filled in place; sorting a list of arcs would
    take longer than the search.
    """
    own = np.arange(shape[0] * shape[1], dtype=np.int32).reshape(shape)
    ends = np.repeat(own[:, :, None], 8, axis=2)
    weights = np.ones(ends.shape)
    for n, (step, cost) in enumerate(zip(_STEPS, costs, strict=True)):
        here, there = _pairs(step, shape)
        ends[here][..., n], weights[here][..., n] = own[there], cost
        ends[there][..., n + 4], weights[there][..., n + 4] = own[here], cost
    firsts = np.arange(0, 8 * own.size + 1, 8, dtype=np.int32)
    return csr_array((weights.ravel(), ends.ravel(), firsts), shape=(own.size, own.size))


ROW = ToolRow(
    "live_wire",
    "Live-wire",
    "L",
    "ph.path",
    "Click along an edge: the outline follows it; Enter or a double-click fills it",
    "outline",
    ("label", "over", "hu_range"),
    fill,
    trace=LiveWire,
)
