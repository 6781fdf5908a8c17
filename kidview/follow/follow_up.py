"""Two scans of one patient compared: kidneys laid over each other, lesions paired, growth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.follow.growth import Growth, Span, grow
from kidview.follow.match import match
from kidview.follow.overlay import Overlay, overlay
from kidview.measure import Case, Lesion, Value

_TILT_DEGREES = 3.0
_DIGITS = 2


@dataclass(frozen=True, eq=False)
class FollowUp:
    """What changed between two scans.

    Parameters
    ----------
    then, now : Case
        The earlier and the later scan with their kidneys and lesions.
    days : float or None
        Between them.
    over : Overlay
    growths : tuple of Growth
        Lesions of now in their order, then what is gone.
    notes : tuple of str
        What is unsure, each one sentence.
    """

    then: Case
    now: Case
    days: float | None
    over: Overlay
    growths: tuple[Growth, ...]
    notes: tuple[str, ...]

    def after(self, days: float | None) -> FollowUp:
        """The same with another number of days between the scans."""
        growths = tuple(grow(one.match, self.then, self.now, days) for one in self.growths)
        return replace(self, days=days, growths=growths)

    def to_dict(self) -> dict[str, Any]:
        """One object for JSON; units are the ends of the keys."""
        return {
            "days": self.days,
            "notes": list(self.notes),
            "kidneys": [
                {
                    "name": one.now.name,
                    "dice": _round(one.rigid.dice),
                    "surface_mm": _round(one.rigid.surface_mm),
                    "turned_degrees": _round(one.rigid.degrees),
                    "then_to_now_ras": np.round(one.rigid.matrix, 4).tolist(),
                    "remark": one.rigid.remark,
                }
                for one in self.over.kidneys
            ],
            "lesions": [_lesion_dict(one) for one in self.growths],
        }


def follow_up(
    then: Case,
    now: Case,
    days: float | None = None,
    task: Task | None = None,
    over: Overlay | None = None,
) -> FollowUp:
    """Compare an earlier with a later scan.

    Parameters
    ----------
    then, now : Case
    days : float, optional
        From the earlier to the later one.
    task : Task, optional
    over : Overlay, optional
        As found before; otherwise the kidneys are laid over each other anew.

    Raises
    ------
    NotOverlaid
        No kidney is outlined in both.
    """
    task = task or Task()
    over = over or overlay(then, now, task.part(0.0, 0.9))
    task.report(0.95, "measuring growth")
    growths = tuple(grow(one, then, now, days) for one in match(then, now, over))
    notes = list(over.notes) + _grid_notes(then.geometry, now.geometry)
    if not growths:
        notes.append("no lesion is outlined in either scan")
    return FollowUp(then, now, days, over, growths, tuple(notes))


def _grid_notes(then: Geometry, now: Geometry) -> list[str]:
    """Why axial diameters of the two may differ without any growth."""
    notes = []
    normals = [grid.zyx_to_ras[:3, 0] / grid.spacing_zyx[0] for grid in (then, now)]
    tilt = float(np.degrees(np.arccos(np.clip(normals[0] @ normals[1], -1.0, 1.0))))
    if tilt > _TILT_DEGREES:
        notes.append(
            f"the slices of the two scans are {tilt:.0f} degrees apart, "
            "so axial diameters may differ without any growth"
        )
    thin, thick = sorted((then.spacing_zyx[0], now.spacing_zyx[0]))
    if thick > 2 * thin:
        notes.append(
            f"slices are {then.spacing_zyx[0]:g} mm apart then and {now.spacing_zyx[0]:g} mm now"
        )
    return notes


def _lesion_dict(growth: Growth) -> dict[str, Any]:
    pair = growth.match
    return {
        "name": pair.name,
        "fate": pair.fate,
        "then": [_named(one) for one in pair.then],
        "now": [_named(one) for one in pair.now],
        "distance_mm": _round(pair.distance_mm),
        "overlap": _round(pair.overlap),
        "volume_ml": _span_dict(growth.volume_ml),
        "axial_diameter_mm": _span_dict(growth.axial_mm),
        "diameter_3d_mm": _span_dict(growth.longest_mm),
        "doubling_days": _value_dict(growth.doubling_days),
        "is_within_error": growth.is_within_error,
        "remarks": list(growth.remarks),
    }


def _named(lesion: Lesion) -> dict[str, str]:
    return {"id": lesion.id, "kind": lesion.kind, "side": lesion.side}


def _span_dict(span: Span) -> dict[str, Any]:
    parts = ("then", "now", "change", "percent", "a_year")
    told: dict[str, Any] = {name: _value_dict(getattr(span, name)) for name in parts}
    return told | {"is_within_error": span.is_within_error}


def _value_dict(value: Value) -> dict[str, Any]:
    told: dict[str, Any] = {"value": _round(value.number)}
    for name in ("low", "high"):
        if getattr(value, name) is not None:
            told[name] = _round(getattr(value, name))
    return told | ({"reason": value.reason} if value.reason else {})


def _round(number: float | None) -> float | None:
    return None if number is None else round(float(number), _DIGITS)
