"""Which papers there are, and what is written on them with."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLocale
from PySide6.QtGui import QPageSize

FAMILIES = (
    "Helvetica Neue",
    "Segoe UI",
    "Arial",
    "Liberation Sans",
    "Noto Sans",
    "Nimbus Sans",
    "DejaVu Sans",
)
"""The first there is; HTML and PDF have the same list."""


@dataclass(frozen=True)
class Paper:
    """A size of paper.

    Parameters
    ----------
    size : QPageSize.PageSizeId
    css : str
        As a browser calls it.
    width_mm, height_mm : float
    """

    size: QPageSize.PageSizeId
    css: str
    width_mm: float
    height_mm: float


PAPERS = {
    "a4": Paper(QPageSize.PageSizeId.A4, "A4", 210.0, 297.0),
    "letter": Paper(QPageSize.PageSizeId.Letter, "letter", 215.9, 279.4),
}


def usual_paper() -> str:
    """The one of `PAPERS` that is usual where this computer stands."""
    where = QLocale.system().territory()
    country = QLocale.Country
    uses_letter = (country.UnitedStates, country.Canada, country.Mexico, country.Philippines)
    return "letter" if where in uses_letter else "a4"
