"""Split share: how much of the parenchyma each kidney has."""

from __future__ import annotations

from kidview.measure.anatomy import Kidney
from kidview.measure.row import Case, Measure, Value


def split_share(case: Case, kidney: Kidney) -> Value:
    """A kidney's parenchyma as a share of that of all kidneys, percent.

    A volume, not a function test: scintigraphy may differ where one kidney works worse.

    Source: split renal volume; parenchyma is label 1, without tumours and cysts.
    """
    volumes = [int(one.parenchyma.sum()) for one in case.anatomy.kidneys]
    if len(volumes) < 2:
        return Value.none("only one kidney is labelled")
    return Value(100.0 * int(kidney.parenchyma.sum()) / sum(volumes))


ROWS = (
    Measure(
        "split_percent",
        "Share of parenchyma",
        "%",
        "kidney",
        1,
        split_share,
        "split renal volume",
        "Parenchyma of this kidney over that of all kidneys",
    ),
)
