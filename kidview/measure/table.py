"""The table of measures: a new one is a function, a row in its file, and its file here."""

from __future__ import annotations

from kidview.measure import (
    bosniak,
    c_index,
    contact,
    density,
    diameter,
    distance,
    exophytic,
    padua,
    renal,
    split,
    volume,
)
from kidview.measure.row import Measure

MEASURES: tuple[Measure, ...] = (
    *volume.ROWS,
    *split.ROWS,
    *diameter.ROWS,
    *exophytic.ROWS,
    *contact.ROWS,
    *distance.ROWS,
    *c_index.ROWS,
    *renal.ROWS,
    *padua.ROWS,
    *density.ROWS,
    *bosniak.ROWS,
)
"""All measures, in the order they are shown."""
