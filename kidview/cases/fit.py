"""Whether a mask belongs on a scan."""

from __future__ import annotations

from collections.abc import Container

from kidview.core.errors import CaseError, GridMismatch
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap


def refuse_misfit(labels: LabelMap, grid: Geometry, values: Container[int], whose: str) -> None:
    """Raise unless labels lie on a grid and hold none but its values.

    Parameters
    ----------
    labels : LabelMap
    grid : Geometry
        Of the scan.
    values : container of int
        The labels that may occur beside the background.
    whose : str
        What the scan is called in a message.

    Raises
    ------
    GridMismatch
        They lie on another grid.
    CaseError
        They hold another value.
    """
    difference = grid.difference(labels.geometry)
    if difference is not None:
        raise GridMismatch(
            f"the labels lie on another grid than {whose}: {difference}",
            "open the case's own scan",
        )
    # Not numpy.unique: it holds Python's lock for all of a large mask, and the window waits.
    foreign = [n for n in range(1, int(labels.array.max()) + 1) if n not in values]
    if any((labels.array == n).any() for n in foreign):
        raise CaseError("the mask holds labels that are not the case's", "renumber them first")
