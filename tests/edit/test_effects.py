"""What all effects have in common: their rows hand every option to their function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.task import Cancelled, Task
from kidview.core.types import LabelArray
from kidview.edit import Edit, Option, ToolRow, Work
from kidview.edit.tools import fill_holes, hollow, islands, logic, margin, smooth
from tests.edit.shapes import ball, result

ROWS = (smooth.ROW, margin.ROW, hollow.ROW, fill_holes.ROW, islands.ROW, logic.ROW)
SPACING = (2.5, 0.9, 0.8)


@pytest.fixture
def labels() -> LabelArray:
    """A kidney with a tumour, a cyst and another one, holes and crumbs; read-only."""
    shape = (24, 66, 80)
    made = ball(shape, SPACING, (30, 30, 26), 18.0).astype(np.uint8)
    made[ball(shape, SPACING, (30, 30, 44), 9.0)] = 2
    made[ball(shape, SPACING, (30, 16, 26), 5.0)] = 3
    made[ball(shape, SPACING, (30, 50, 56), 4.0)] = 3
    made[11, 33, 30:33] = made[12, 30, 55] = 0
    made[12, 30, 20] = made[3, 5, 5] = 2
    made[13, 10, 20:22] = 1
    made.setflags(write=False)
    return made


def work(labels: LabelArray, label: int, task: Task | None = None, **more: Any) -> Work:
    """What the window hands to a tool, some options set."""
    geometry = Geometry.straight(labels.shape, SPACING)  # type: ignore[arg-type]
    hu = np.zeros(labels.shape, np.int16)
    at, axis = more.pop("at_zyx", None), more.pop("axis", None)
    options = {name.replace("__", "."): value for name, value in more.items()}
    return Work(hu, geometry, labels, label, at, axis, (), options, task or Task())


CASES: list[tuple[ToolRow, int, dict[str, Any], Callable[[LabelArray], Edit]]] = [
    (smooth.ROW, 1, {}, lambda v: smooth.smooth(v, 1, SPACING)),
    (
        smooth.ROW,
        2,
        {"smooth__method": "opening", "smooth__kernel_mm": 6.0},
        lambda v: smooth.smooth(v, 2, SPACING, "opening", 6.0),
    ),
    (margin.ROW, 2, {}, lambda v: margin.margin(v, 2, SPACING, 2.0)),
    (
        margin.ROW,
        2,
        {"margin__mm": -3.0, "margin__keeps": "nothing"},
        lambda v: margin.margin(v, 2, SPACING, -3.0, "nothing"),
    ),
    (hollow.ROW, 1, {}, lambda v: hollow.hollow(v, 1, SPACING, 3.0)),
    (
        hollow.ROW,
        2,
        {"hollow__shell_mm": 4.0, "hollow__side": "centred", "hollow__core": "3"},
        lambda v: hollow.hollow(v, 2, SPACING, 4.0, "centred", 3),
    ),
    (fill_holes.ROW, 1, {}, lambda v: fill_holes.fill_holes(v, 1, SPACING)),
    (
        fill_holes.ROW,
        1,
        {
            "fill_holes__by": "slice",
            "fill_holes__most_ml": 9.0,
            "fill_holes__others": True,
            "axis": 2,
        },
        lambda v: fill_holes.fill_holes(v, 1, SPACING, 9.0, True, 2),
    ),
    (islands.ROW, 2, {}, lambda v: islands.islands(v, 2, SPACING)),
    (
        islands.ROW,
        3,
        {"islands__mode": "largest", "islands__count": 1.0, "islands__rest": "2"},
        lambda v: islands.islands(v, 3, SPACING, "largest", count=1, rest=2),
    ),
    (
        islands.ROW,
        2,
        {"islands__mode": "crosshair", "at_zyx": (3, 5, 5)},
        lambda v: islands.islands(v, 2, SPACING, "crosshair", at_zyx=(3, 5, 5)),
    ),
    (
        islands.ROW,
        3,
        {"islands__least_ml": 0.4},
        lambda v: islands.islands(v, 3, SPACING, "larger", 0.4),
    ),
    (logic.ROW, 1, {}, lambda v: logic.logic(v, 1, 3, SPACING)),
    (
        logic.ROW,
        1,
        {
            "logic__operation": "subtract",
            "logic__with": "2",
            "logic__mm": 4.0,
            "logic__rest": "3",
        },
        lambda v: logic.logic(v, 1, 2, SPACING, "subtract", 4.0, 3),
    ),
]


@pytest.mark.parametrize(("row", "label", "options", "expected"), CASES)
def test_a_row_hands_its_options_on(
    labels: LabelArray,
    row: ToolRow,
    label: int,
    options: dict[str, Any],
    expected: Callable[[LabelArray], Edit],
) -> None:
    assert row.act is not None
    found = row.act(work(labels, label, **options))
    new = result(labels, found)
    np.testing.assert_array_equal(new, result(labels, expected(labels)))
    # Only what differs, in the tightest box: the preview shows it and the bar counts it.
    np.testing.assert_array_equal(found.mask, (new != labels)[found.box.slices])
    assert (new != labels).sum() == found.mask.sum()


@pytest.mark.parametrize("row", ROWS)
def test_a_cancel_is_noticed(labels: LabelArray, row: ToolRow) -> None:
    assert row.act is not None and row.gesture == "effect"
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        row.act(work(labels, 1, task, logic__operation="pieces"))


@pytest.mark.parametrize("row", ROWS)
def test_options_start_within_what_they_offer(row: ToolRow) -> None:
    own = [option for option in row.options if isinstance(option, Option)]
    assert own and all(option.id.startswith(f"{row.id}.") for option in own)
    for option in own:
        if isinstance(option.default, str):
            assert option.default in dict(option.choices)
        elif not isinstance(option.default, bool):
            assert option.low <= option.default <= option.high


@pytest.mark.parametrize("row", ROWS)
def test_an_empty_scan_is_refused(row: ToolRow) -> None:
    assert row.act is not None
    with pytest.raises(EditRefused, match="there is no"):
        row.act(work(np.zeros((4, 5, 6), np.uint8), 1))
