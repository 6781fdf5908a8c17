"""Which lesion is which: by place once the kidneys lie over each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray
from kidview.follow.overlay import Overlay
from kidview.measure import Anatomy, Case, Lesion

FAR_MM = 10.0
"""Lesions that do not overlap are one only if their centres are nearer than this."""
TOUCH = 0.1
"""Least overlap, as a share of the smaller one, to be one lesion wherever the centres are."""
_WITHIN = 0.5  # of a lesion that lies in one matched already: it became part of it, or came of it
_NEVER = 1e6


@dataclass(frozen=True, eq=False)
class Match:
    """A lesion at both times, or at one.

    Parameters
    ----------
    then, now : tuple of Lesion
        One each as a rule; several then where lesions merged, several now where one split.
    fate : str
        "same", "new", "gone", "merged", "split", or "outside" where the other scan does not
        reach the place.
    distance_mm : float or None
        Between the centres of the first ones, kidneys laid over each other.
    overlap : float or None
        Common volume as a share of the smaller one.
    """

    then: tuple[Lesion, ...]
    now: tuple[Lesion, ...]
    fate: str
    distance_mm: float | None = None
    overlap: float | None = None

    @property
    def name(self) -> str:
        """Id of the lesion now; of then where it is gone."""
        return " + ".join(one.id for one in self.now or self.then)

    @property
    def kinds(self) -> tuple[str, str]:
        """Kind then and now; "" where there is none, "mixed" where several differ."""
        return _kind(self.then), _kind(self.now)


def match(before: Case, after: Case, over: Overlay) -> tuple[Match, ...]:
    """Pair the lesions of two scans, each with one at most, so that the sum is nearest.

    Parameters
    ----------
    before, after : Case
        The earlier and the later scan.
    over : Overlay

    Returns
    -------
    tuple of Match
        Lesions of now in their order, then what is gone.
    """
    then, now = before.anatomy, after.anatomy
    costs, apart_mm, shared = _compared(then, now, over)
    rows, columns = linear_sum_assignment(costs)
    taken = {int(j): int(i) for i, j in zip(rows, columns, strict=True) if costs[i, j] < _NEVER}
    parts = _parts(taken, shared, len(then.lesions), len(now.lesions))
    found: list[Match] = []
    for j, lesion in enumerate(now.lesions):
        if j in taken:
            i = taken[j]
            more_then, more_now = parts.get((i, j), ((), ()))
            fate = "merged" if more_then else "split" if more_now else "same"
            own_then = tuple(then.lesions[n] for n in (i, *more_then))
            own_now = tuple(now.lesions[n] for n in (j, *more_now))
            found.append(Match(own_then, own_now, fate, float(apart_mm[i, j]), float(shared[i, j])))
        elif not any(j in came for _, came in parts.values()):
            kidney = now.kidney_of(lesion)
            was = over.of_kidney(now=kidney).to_then(lesion.centre_ras)
            found.append(Match((), (lesion,), "new" if _is_in(before.geometry, was) else "outside"))
    merged = {n for went, _ in parts.values() for n in went} | set(taken.values())
    for i, lesion in enumerate(then.lesions):
        if i not in merged:
            place = over.of_kidney(then=then.kidney_of(lesion)).to_now(lesion.centre_ras)
            found.append(
                Match((lesion,), (), "gone" if _is_in(after.geometry, place) else "outside")
            )
    return tuple(found)


def _compared(
    then: Anatomy, now: Anatomy, over: Overlay
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(then, now) cost in mm, distance of centres in mm, overlap as a share of the smaller."""
    shape = (len(then.lesions), len(now.lesions))
    costs, apart_mm, shared = np.full(shape, _NEVER), np.zeros(shape), np.zeros(shape)
    for i, one in enumerate(then.lesions):
        motion = over.of_kidney(then=then.kidney_of(one))
        points = motion.to_now(one.geometry.index_to_ras(np.argwhere(one.mask)))
        centre = points.mean(axis=0)
        for j, other in enumerate(now.lesions):
            apart_mm[i, j] = np.linalg.norm(other.centre_ras - centre)
            common_ml = _inside(points, other) * one.geometry.voxel_ml
            shared[i, j] = min(common_ml / min(one.volume_ml, other.volume_ml), 1.0)
            if shared[i, j] >= TOUCH or apart_mm[i, j] <= FAR_MM:
                costs[i, j] = apart_mm[i, j] - FAR_MM * shared[i, j]
    return costs, apart_mm, shared


def _inside(points: FloatArray, lesion: Lesion) -> int:
    """How many points lie in a lesion."""
    index = np.rint(lesion.geometry.ras_to_index(points)).astype(int)
    fits = ((index >= 0) & (index < np.array(lesion.mask.shape))).all(axis=1)
    return int(lesion.mask[tuple(index[fits].T)].sum())


_Parts = dict[tuple[int, int], tuple[tuple[int, ...], tuple[int, ...]]]


def _parts(taken: dict[int, int], shared: FloatArray, count_then: int, count_now: int) -> _Parts:
    """For each pair (then, now) what else became part of it, and what else came of it."""
    now_of = {i: j for j, i in taken.items()}
    before: dict[tuple[int, int], list[int]] = {}
    after: dict[tuple[int, int], list[int]] = {}
    for i in set(range(count_then)) - set(now_of):
        within = max(taken, key=lambda j: float(shared[i, j]), default=None)
        if within is not None and shared[i, within] >= _WITHIN:
            before.setdefault((taken[within], within), []).append(i)
    for j in set(range(count_now)) - set(taken):
        of = max(now_of, key=lambda i: float(shared[i, j]), default=None)
        if of is not None and shared[of, j] >= _WITHIN:
            after.setdefault((of, now_of[of]), []).append(j)
    keys = before.keys() | after.keys()
    return {key: (tuple(before.get(key, ())), tuple(after.get(key, ()))) for key in keys}


def _is_in(grid: Geometry, point_ras: FloatArray) -> bool:
    index = grid.ras_to_index(point_ras)
    return bool(((index >= -0.5) & (index <= np.array(grid.shape_zyx) - 0.5)).all())


def _kind(lesions: tuple[Lesion, ...]) -> str:
    kinds = {one.kind for one in lesions}
    return "mixed" if len(kinds) > 1 else next(iter(kinds), "")
