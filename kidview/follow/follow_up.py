"""Two scans of one patient compared: kidneys laid over each other, lesions paired, growth."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kidview.core.task import Task
from kidview.follow.growth import Growth, Span, grow
from kidview.follow.match import match
from kidview.follow.overlay import Overlay, overlay
from kidview.follow.unsure import grid_notes, same_notes
from kidview.measure import Case, Lesion, Value

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
    remarks : tuple of str
        Those of the notes that were known before anything was compared.
    """

    then: Case
    now: Case
    days: float | None
    over: Overlay
    growths: tuple[Growth, ...]
    notes: tuple[str, ...]
    remarks: tuple[str, ...] = ()

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
    remarks: tuple[str, ...] = (),
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
    remarks : tuple of str
        What is unsure already, such as whether both are of one patient.

    Raises
    ------
    NotOverlaid
        No kidney is outlined in both.
    """
    task = task or Task()
    over = over or overlay(then, now, task.part(0.0, 0.9))
    task.report(0.95, "measuring growth")
    growths = tuple(grow(one, then, now, days) for one in match(then, now, over))
    notes = [*remarks, *same_notes(then, now), *over.notes]
    notes += grid_notes(then.geometry, now.geometry, over)
    if not growths:
        notes.append("no lesion is outlined in either scan")
    return FollowUp(then, now, days, over, growths, tuple(notes), remarks)


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
        "is_cut": growth.is_cut,
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
    """JSON has no NaN and no infinity."""
    return None if number is None or not math.isfinite(number) else round(float(number), _DIGITS)
