"""Measures after an edit: what it did not reach keeps its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kidview.core.answers import Answered
from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import HUArray, LabelArray
from kidview.measure.anatomy import Anatomy, Kidney, Lesion, find_anatomy
from kidview.measure.case import CaseMeasures, Measured, answered_case, facts_of
from kidview.measure.row import Case, Value
from kidview.measure.table import MEASURES

_OF_ITSELF = frozenset(
    {
        "volume_ml",
        "parenchyma_ml",
        "length_mm",
        "axial_diameter_mm",
        "axial_across_mm",
        "diameter_3d_mm",
        "contact_cm2",
        "mean_hu",
        "sd_hu",
        *(f"p{p:02d}_hu" for p in (5, 25, 50, 75, 95)),
        "core_mean_hu",
        "core_sd_hu",
        "roi_spread_hu",
        "water_percent",
        "dense_percent",
        "roi_low_hu",
        "roi_high_hu",
    }
)
"""Measures that ask a kidney or lesion for its own voxels, those beside them and HU only.

A measure that is not named here is asked again after every edit: slower, never wrong.
"""
_OF_ITS_KIDNEY = frozenset({"exophytic_percent", "sinus_distance_mm", "c_index"})
"""Measures of a lesion that ask for its kidney as well."""
_OF_ANSWERS = frozenset({"renal_score", "padua_score"})
"""Measures that ask for its kidney and for what a person said."""
_SLOW = _OF_ANSWERS | {"sinus_distance_mm"}
"""Measures that look for a kidney's sinus, which takes half as long as all others together."""
WAITING = Value.none("is being worked out")
"""In the place of a slow measure until `finish` has been called."""


def nothing_yet(hu: HUArray | None, geometry: Geometry) -> CaseMeasures:
    """The measures of a scan without labels, for `measure_again` to begin with."""
    middle_mm = float(geometry.centre_ras[0])
    return CaseMeasures(Case(Anatomy((), (), middle_mm, "grid"), geometry, hu), (), (), {})


def measure_again(
    old: CaseMeasures,
    labels: LabelArray,
    task: Task | None = None,
    answers: Sequence[Answered] = (),
    *,
    with_slow: bool = True,
) -> CaseMeasures:
    """All measures of a label map that was edited; the same numbers as `measure_case`.

    Kidneys and lesions whose voxels are as they were are taken over from `old`, with what was
    worked out of them.

    Parameters
    ----------
    old : CaseMeasures
        Of the labels before, on the same scan.
    labels : (Z, Y, X) uint8
        1 kidney, 2 tumour, 3 cyst.
    task : Task, optional
        Told of every kidney and lesion; its cancel is noticed there.
    answers : sequence of Answered
        As in `measure_case`.
    with_slow : bool
        False leaves slow measures of what changed `WAITING`, for a hand that waits.

    Returns
    -------
    CaseMeasures

    Raises
    ------
    GridMismatch
        The labels are of another shape than the scan.
    """
    task = task or Task()
    was = old.case.anatomy
    found = find_anatomy(labels, old.case.geometry, old.case.hu)
    anatomy = _with_old_parts(found, was)
    case = answered_case(anatomy, old.case.geometry, old.case.hu, answers)
    before = {
        id(part): measured
        for part, measured in zip(
            (*was.kidneys, *was.lesions), (*old.kidneys, *old.lesions), strict=True
        )
    }
    left = frozenset() if with_slow else _SLOW
    parts: tuple[Kidney | Lesion, ...] = (*anatomy.kidneys, *anatomy.lesions)
    done = []
    for n, part in enumerate(parts, 1):
        task.report(n / (len(parts) + 1), "measuring")
        done.append(_measured(case, part, before.get(id(part)), old.case, left))
    count = len(anatomy.kidneys)
    whole = {row.id: row.function(case) for row in MEASURES if row.of == "case"}
    return CaseMeasures(case, tuple(done[:count]), tuple(done[count:]), whole)


def finish(measures: CaseMeasures, task: Task | None = None) -> CaseMeasures:
    """The same measures with those that were left `WAITING`."""
    task = task or Task()
    case, rows = measures.case, {row.id: row for row in MEASURES if row.of == "lesion"}
    done = []
    for lesion, one in zip(case.anatomy.lesions, measures.lesions, strict=True):
        values = dict(one.values)
        for key in [key for key, value in values.items() if value is WAITING]:
            task.check()
            values[key] = rows[key].function(case, lesion)
        done.append(replace(one, values=values))
    return replace(measures, lesions=tuple(done))


def answer_again(old: CaseMeasures, answers: Sequence[Answered]) -> CaseMeasures:
    """The same measures with other answers; only scores that they concern are worked out."""
    was = old.case
    case = answered_case(was.anatomy, was.geometry, was.hu, answers)
    rows = {row.id: row for row in MEASURES if row.id in _OF_ANSWERS}
    done = []
    for lesion, one in zip(was.anatomy.lesions, old.lesions, strict=True):
        values = dict(one.values)
        if case.answers_for(lesion) != was.answers_for(lesion):
            values |= {
                key: row.function(case, lesion)
                for key, row in rows.items()
                if values[key] is not WAITING
            }
        done.append(replace(one, values=values))
    return replace(old, case=case, lesions=tuple(done))


def _with_old_parts(new: Anatomy, old: Anatomy) -> Anatomy:
    """The new anatomy with the very kidneys and lesions of the old one that are as they were."""
    kidneys = tuple(next((o for o in old.kidneys if _are_alike(o, n)), n) for n in new.kidneys)
    by_id = {one.id: one for one in old.lesions}
    lesions = tuple(
        was if (was := by_id.get(one.id)) is not None and _are_one(was, one) else one
        for one in new.lesions
    )
    return replace(new, kidneys=kidneys, lesions=lesions)


def _are_alike(one: Kidney, other: Kidney) -> bool:
    return (
        (one.name, one.side, one.box, one.touches_edge)
        == (other.name, other.side, other.box, other.touches_edge)
        and np.array_equal(one.parenchyma, other.parenchyma)
        and np.array_equal(one.lesions, other.lesions)
    )


def _are_one(one: Lesion, other: Lesion) -> bool:
    return (
        (one.kind, one.kidney, one.side, one.box, one.touches_edge)
        == (other.kind, other.kidney, other.side, other.box, other.touches_edge)
        and np.array_equal(one.mask, other.mask)
        and np.array_equal(one.around, other.around)
    )


def _measured(
    case: Case,
    part: Kidney | Lesion,
    before: Measured | None,
    was: Case,
    left: frozenset[str],
) -> Measured:
    """All measures of a kidney or lesion; `before` are those of one that did not change."""
    if isinstance(part, Kidney):
        values = _values(case, part, "kidney", before, _OF_ITSELF, left)
        return Measured(part.name, "kidney", {"side": part.side}, values)
    kept = _OF_ITSELF
    if before is not None and case.anatomy.kidney_of(part) is was.anatomy.kidney_of(part):
        is_answered_so = case.answers_for(part) == was.answers_for(part)
        kept |= _OF_ITS_KIDNEY | (_OF_ANSWERS if is_answered_so else frozenset())
    values = _values(case, part, "lesion", before, kept, left)
    return Measured(part.id, "lesion", facts_of(case, part), values)


def _values(
    case: Case,
    part: Kidney | Lesion,
    of: str,
    before: Measured | None,
    kept: frozenset[str],
    left: frozenset[str],
) -> dict[str, Value]:
    values = {}
    for row in MEASURES:
        if row.of != of:
            continue
        old = None if before is None or row.id not in kept else before.values[row.id]
        if old is not None and old is not WAITING:
            values[row.id] = old
        else:
            values[row.id] = WAITING if row.id in left else row.function(case, part)
    return values
