"""Live-wire: cheapest ways as others find them, along the edges of discs in any spacing."""

from __future__ import annotations

import heapq
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.graph import MCP_Geometric

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray
from kidview.edit import Work
from kidview.edit.tools import live_wire as module
from kidview.edit.tools.live_wire import ROW, LiveWire, Place

RANDOM = np.random.default_rng(6)


def noisy(shape: Place) -> FloatArray:
    """A soft random landscape."""
    return RANDOM.normal(0, 100, shape)


def disc(shape: Place, spacing: tuple[float, float], radius_mm: float) -> FloatArray:
    """180 HU in a disc at the middle, -80 around it, noise of 12 HU, edge blurred by sampling."""
    rows, columns = np.indices(shape)
    from_centre = np.hypot(
        (rows - shape[0] / 2) * spacing[0], (columns - shape[1] / 2) * spacing[1]
    )
    plane = np.clip((radius_mm - from_centre) / 0.8 + 0.5, 0, 1) * 260 - 80
    return plane + np.random.default_rng(1).normal(0, 12, shape)


def on_circle(angle: float, shape: Place, spacing: tuple[float, float], radius_mm: float) -> Place:
    """The pixel of the disc's edge in a direction."""
    row = shape[0] / 2 + radius_mm * np.sin(angle) / spacing[0]
    column = shape[1] / 2 + radius_mm * np.cos(angle) / spacing[1]
    return (round(row), round(column))


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (5.0, 0.7)])
def test_without_directions_it_is_the_geometric_path(
    spacing: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """scikit-image charges a step its length times the mean of its two pixels."""
    monkeypatch.setattr(module, "_ACROSS", 0.0)
    wire = LiveWire(noisy((60, 80)), spacing)
    charge = 1 - (1 - module._LEAST) * wire.edge
    other = MCP_Geometric(charge.astype(float), sampling=spacing)
    expected, _ = other.find_costs([(30, 40)])
    paths = wire.from_((30, 40))
    for place in RANDOM.integers(0, (60, 80), (40, 2)):
        at = (int(place[0]), int(place[1]))
        assert paths.cost_to(at) == pytest.approx(expected[at], rel=1e-5)


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.floats(0.5, 5.0),
    st.integers(0, 99),
    st.data(),
)
def test_no_way_is_cheaper(
    rows: int, columns: int, spacing: float, seed: int, data: st.DataObject
) -> None:
    plane = np.random.default_rng(seed).normal(0, 100, (rows, columns))
    wire = LiveWire(plane, (spacing, 1.0))
    anchor, end = (
        (data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1)))
        for _ in range(2)
    )
    paths = wire.from_(anchor)
    path = paths.to(end)
    assert tuple(path[0]) == anchor and tuple(path[-1]) == end
    assert np.abs(np.diff(path, axis=0)).max(initial=0) <= 1
    walked = sum(step_cost(wire, a, b) for a, b in pairwise(path))
    assert paths.cost_to(end) == pytest.approx(walked, rel=1e-5)
    assert walked == pytest.approx(cheapest(wire, anchor, end), rel=1e-5)


def step_cost(wire: LiveWire, here: np.ndarray, there: np.ndarray) -> float:
    """Length times the mean charge: cheap on an edge, dearer across than along it."""
    way = (np.array(there) - here) * wire.spacing
    charges = []
    for row, column in (here, there):
        slope = np.array([wire._gradient[0][row, column], wire._gradient[1][row, column]])
        steep = np.linalg.norm(slope)
        cosine = abs(slope @ way) / (steep * np.linalg.norm(way)) if steep > 0 else 0.0
        edge = wire.edge[row, column]
        charges.append(1 - 0.95 * edge + 0.5 * edge * cosine)
    return float(np.linalg.norm(way) * np.mean(charges))


def cheapest(wire: LiveWire, start: Place, end: Place) -> float:
    """Dijkstra's algorithm, pixel by pixel."""
    best, waiting = {start: 0.0}, [(0.0, start)]
    while waiting:
        cost, here = heapq.heappop(waiting)
        if here == end:
            return cost
        for step in np.argwhere(np.ones((3, 3))) - 1:
            there = (here[0] + int(step[0]), here[1] + int(step[1]))
            if there == here or wire.clipped(there) != there:
                continue
            new = cost + step_cost(wire, np.array(here), np.array(there))
            if new < best.get(there, np.inf):
                best[there] = new
                heapq.heappush(waiting, (new, there))
    raise AssertionError("no way")


@pytest.mark.parametrize(
    ("shape", "spacing"),
    [((140, 140), (0.7, 0.7)), ((24, 140), (5.0, 0.7)), ((140, 48), (0.7, 2.5))],
)
@pytest.mark.parametrize("from_angle", [0.0, 0.9, 2.4, 4.0])
def test_follows_the_edge_of_a_disc(
    shape: Place, spacing: tuple[float, float], from_angle: float
) -> None:
    radius = 35.0
    wire = LiveWire(disc(shape, spacing, radius), spacing)
    ends = [on_circle(a, shape, spacing, radius) for a in (from_angle, from_angle + 1.3)]
    path = wire.from_(ends[0]).to(ends[1])
    circle = np.linspace(0, 2 * np.pi, 2000)
    edge = np.stack(
        [
            shape[0] / 2 + radius * np.sin(circle) / spacing[0],
            shape[1] / 2 + radius * np.cos(circle) / spacing[1],
        ],
        axis=1,
    )
    off = np.abs(path[:, None] - edge[None]).max(axis=2).min(axis=1)
    assert off.max() <= 1.0
    arc = radius * 1.3
    assert np.hypot(*(np.diff(path, axis=0) * spacing).T).sum() < 1.25 * arc


def test_the_window_grows_to_where_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = disc((140, 140), (0.7, 0.7), 35.0)
    ends = [on_circle(a, (140, 140), (0.7, 0.7), 35.0) for a in (0.0, 2.5)]
    whole = LiveWire(plane, (0.7, 0.7)).from_(ends[0]).to(ends[1])
    monkeypatch.setattr(module, "_FIRST_LOOK", 10)
    paths = LiveWire(plane, (0.7, 0.7)).from_(ends[0])
    assert not paths.holds(ends[1])
    np.testing.assert_array_equal(paths.to(ends[1]), whole)
    assert paths.holds(ends[1])


def test_what_was_looked_at_stays_in_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = disc((140, 140), (0.7, 0.7), 35.0)
    ends = [on_circle(a, (140, 140), (0.7, 0.7), 35.0) for a in (0.4, 1.2)]
    whole = LiveWire(plane, (0.7, 0.7)).from_(ends[0]).to(ends[1])
    monkeypatch.setattr(module, "_FIRST_LOOK", 5)
    monkeypatch.setattr(module, "_FURTHER", 8)
    paths = LiveWire(plane, (0.7, 0.7)).from_(ends[0])
    np.testing.assert_array_equal(paths.to(ends[1]), whole)
    assert len(paths.to((ends[0][0] - 4, ends[0][1]))) == 5


@pytest.mark.parametrize("axis", [0, 1])
def test_an_edge_is_as_strong_in_finer_pixels(axis: int) -> None:
    """A step of 50 HU, soft over 3 mm, whatever the spacing across and along it."""
    strengths = []
    for spacing in ((1.0, 1.0), (0.5, 1.0), (0.5, 2.0), (1.0, 4.0)):
        place = np.arange(81) * spacing[0] - 40 * spacing[0]
        step = 50 / (1 + np.exp(-place / 0.7))
        plane = np.broadcast_to(step[:, None], (81, 20))
        wire = LiveWire(plane if axis == 0 else plane.T, spacing if axis == 0 else spacing[::-1])
        strengths.append(float(wire.edge.max()))
    assert strengths == pytest.approx([strengths[0]] * 4, rel=0.1)


def test_places_outside_the_slice_are_taken_to_its_edge() -> None:
    paths = LiveWire(noisy((20, 30)), (1.0, 1.0)).from_((-5, 7))
    path = paths.to((40, 99))
    assert tuple(path[0]) == (0, 7) and tuple(path[-1]) == (19, 29)


def test_an_anchor_is_searched_once() -> None:
    wire = LiveWire(noisy((20, 30)), (1.0, 1.0))
    assert wire.from_((3, 4)) is wire.from_((3, 4))
    assert wire.from_((3, 4)) is not wire.from_((3, 5))


def test_a_tracer_leaves_out_both_ends() -> None:
    wire = LiveWire(noisy((20, 30)), (1.0, 1.0))
    way = wire.path((3.4, 4.6), (15.2, 22.0))
    np.testing.assert_array_equal(way, wire.from_((3, 5)).to((15, 22))[1:-1])
    assert wire.path((3.4, 4.6), (3.0, 5.3)) == [] == wire.path((3.4, 4.6), (3.4, 4.6))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_outline_of_ways_is_filled(axis: int) -> None:
    """Four clicks around a cylinder along the axis, then the row's own functions."""
    shape, spacing, radius = [60, 60, 60], (1.2, 1.0, 0.9), 20.0
    shape[axis] = 3
    grid = Geometry.straight((shape[0], shape[1], shape[2]), spacing)
    flat = tuple(n for a, n in enumerate(shape) if a != axis)
    plane_spacing = tuple(s for a, s in enumerate(spacing) if a != axis)
    hu = np.stack([disc(flat, plane_spacing, radius)] * 3, axis=axis).astype(np.int16)
    assert ROW.act is not None and ROW.trace is not None
    tracer = ROW.trace(np.take(hu, 1, axis), plane_spacing)
    clicks = [on_circle(a, flat, plane_spacing, radius) for a in np.arange(4) * np.pi / 2]
    line = []
    for here, there in zip(clicks, [*clicks[1:], clicks[0]], strict=True):
        line += [here, *tracer.path(here, there)]
    outline = tuple(tuple(np.insert(np.array(p, float), axis, 1)) for p in line)
    work = Work(hu, grid, np.zeros(grid.shape_zyx, np.uint8), 2, axis=axis, outline=outline)
    edit = ROW.act(work)
    area = edit.mask.sum() * np.prod(plane_spacing)
    assert area == pytest.approx(np.pi * radius**2, rel=0.04)
    assert edit.box.start[axis] == 1 and edit.box.shape[axis] == 1 and edit.label == 2
