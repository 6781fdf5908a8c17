"""Every kidney laid over itself on its own, and one motion for what belongs to none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kidview.core.errors import KidViewError
from kidview.core.task import Task
from kidview.core.types import FloatArray, Triple
from kidview.follow.register import register
from kidview.follow.rigid import Rigid, fitted
from kidview.measure import Anatomy, Case, Kidney

_THINNED = 400  # points of a kidney that the common motion is fitted to


class NotOverlaid(KidViewError):
    """Two scans have no kidney in common."""


@dataclass(frozen=True, eq=False)
class Overlaid:
    """A kidney in both scans and its motion between them."""

    then: Kidney
    now: Kidney
    rigid: Rigid


@dataclass(frozen=True, eq=False)
class Overlay:
    """How points of the earlier scan come to lie in the later one.

    Kidneys move on their own with breathing, so each has its own motion.

    Parameters
    ----------
    kidneys : tuple of Overlaid
    whole : Rigid
        Fits all of them at once; for what belongs to none of them.
    notes : tuple of str
        What is unsure, each one sentence.
    """

    kidneys: tuple[Overlaid, ...]
    whole: Rigid
    notes: tuple[str, ...] = ()

    def of_kidney(self, then: Kidney | None = None, now: Kidney | None = None) -> Rigid:
        """The motion of a kidney of either scan; that of the whole where it is in one only."""
        for one in self.kidneys:
            if then is not None and one.then.name == then.name:
                return one.rigid
            if now is not None and one.now.name == now.name:
                return one.rigid
        return self.whole

    def near_now(self, point_ras: Triple) -> Rigid:
        """The motion of the kidney nearest to a point of the later scan."""
        return self._nearest([one.now for one in self.kidneys], point_ras)

    def to_now(self, point_ras: Triple) -> Triple:
        """Where a point of the earlier scan is now, by the kidney nearest to it, RAS+ mm."""
        motion = self._nearest([one.then for one in self.kidneys], point_ras)
        x, y, z = (float(mm) for mm in motion.to_now(point_ras))
        return (x, y, z)

    def to_then(self, point_ras: Triple) -> Triple:
        """Where a point of the later scan was, by the kidney nearest to it, RAS+ mm."""
        x, y, z = (float(mm) for mm in self.near_now(point_ras).to_then(point_ras))
        return (x, y, z)

    def _nearest(self, kidneys: list[Kidney], point_ras: Triple) -> Rigid:
        away = [np.linalg.norm(np.array(point_ras) - one.centre_ras) for one in kidneys]
        return self.kidneys[int(np.argmin(away))].rigid


def overlay(then: Case, now: Case, task: Task | None = None) -> Overlay:
    """Lay the kidneys of an earlier scan over those of a later one.

    Parameters
    ----------
    then, now : Case
    task : Task, optional
        Told of every kidney.

    Raises
    ------
    NotOverlaid
        No kidney is in both.
    """
    task = task or Task()
    pairs, notes = _pairs(then.anatomy, now.anatomy)
    if not pairs:
        raise NotOverlaid(
            "the two scans have no kidney in common, so nothing can be laid over each other",
            "outline the same kidney in both",
        )
    done = []
    for n, (one, two) in enumerate(pairs):
        task.report(n / len(pairs), f"laying the {two.name} over itself")
        done.append(Overlaid(one, two, register(one, two, then.geometry, now.geometry)))
    task.report(1.0)
    whole = _whole(done)
    remarks = [one.rigid.remark for one in done if one.rigid.remark]
    if remarks:
        remarks.append("check that both scans are of the same patient")
    return Overlay(tuple(done), whole, (*notes, *remarks))


def _pairs(then: Anatomy, now: Anatomy) -> tuple[list[tuple[Kidney, Kidney]], list[str]]:
    """Kidneys of one name; one kidney left over in each goes with the other if it may."""
    left = {one.name: one for one in then.kidneys}
    right = {one.name: one for one in now.kidneys}
    pairs = [(left.pop(name), right.pop(name)) for name in list(left) if name in right]
    if len(left) == len(right) == 1:
        (one,), (two,) = left.values(), right.values()
        if "unsure" in (one.side, two.side) or one.side == two.side:
            pairs.append((one, two))
            left.clear()
            right.clear()
    notes = [f"the {name} is outlined in the earlier scan only" for name in left]
    return pairs, notes + [f"the {name} is outlined in the later scan only" for name in right]


def _whole(done: list[Overlaid]) -> Rigid:
    if len(done) == 1:
        return done[0].rigid
    points = [_thinned(one.then) for one in done]
    moved = [one.rigid.to_now(of) for one, of in zip(done, points, strict=True)]
    return fitted(np.concatenate(points), np.concatenate(moved), "both kidneys")


def _thinned(kidney: Kidney) -> FloatArray:
    index = np.argwhere(kidney.hull)
    return kidney.geometry.index_to_ras(index[:: max(len(index) // _THINNED, 1)])
