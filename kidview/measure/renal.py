"""RENAL nephrometry score of a lesion: R, E, N, A, L, the suffix h, and what each stands on.

Definition, as printed in table 1 of PMC3124570 (read; it adopts Kutikov and Uzzo 2009, J Urol
182:844-853, which itself was not read) and in Radiopaedia's article (read):

====== ================================= ========================= ============================
part   1 point                           2 points                  3 points
====== ================================= ========================= ============================
R      4 cm or less                      over 4, under 7 cm        7 cm or more
E      50 % or more exophytic            less than 50 %            entirely endophytic
N      7 mm or more                      over 4, under 7 mm        4 mm or less
L      entirely above the upper or       crosses a polar line      more than 50 % across a polar
       below the lower polar line                                  line, or crosses the axial
                                                                   midline, or entirely between
====== ================================= ========================= ============================

A is a (anterior), p (posterior) or x, h is written where the lesion touches the main renal
artery or vein; neither has points. 4-6 is low, 7-9 moderate, 10-12 high complexity. R is the
largest diameter in any axis (Radiopaedia), N the smallest distance to sinus or collecting
system. What is this project's choice is said at each function.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kidview.core.answers import FACES, ReaderAnswers
from kidview.measure.anatomy import Lesion
from kidview.measure.distance import sinus_gap
from kidview.measure.exophytic import exophytic_share, share_in_slices
from kidview.measure.place import Place, differs, face_of, find_place, slice_of
from kidview.measure.planes import largest_in_plane
from kidview.measure.row import Case, Measure, Value
from kidview.measure.score import Component, Score
from kidview.measure.uncertainty import diameter_range_mm

CLASSES = (("low", 4, 6), ("moderate", 7, 9), ("high", 10, 12))
ENDOPHYTIC_PERCENT = 5.0
"""What bulges less counts as entirely endophytic: so much the flat outline leaves outside."""

_ARTICLE = {"axial": "an", "coronal": "a", "sagittal": "a"}
_BORDER = "; half a voxel would change the points"
_LOCATIONS = {
    1: "beyond a polar line",
    2: "crosses a polar line",
    3: "between the polar lines, mostly across one, or across the midline",
}


def renal_score(case: Case, lesion: Lesion, answers: ReaderAnswers | None = None) -> Score:
    """RENAL score of a lesion, with the slice that is the evidence for each part.

    Meant for tumours; a cyst is scored when asked for.

    Parameters
    ----------
    case : Case
    lesion : Lesion
        Of the case.
    answers : ReaderAnswers, optional
        What a person says, else what the case knows of it; without an answer the artery is
        unknown, and the collecting system is not looked at.

    Returns
    -------
    Score
        `total` is None where N or L cannot be told from the labels and was not answered.
    """
    place = find_place(case, lesion)
    answers = case.answers_for(lesion) if answers is None else answers
    parts = (
        radius(case, lesion, "R", "Radius", radius_points),
        exophytic(case, lesion, "E", "Exophytic"),
        _nearness(place, answers),
        face(place, answers, "A"),
        _location(place, answers),
        _hilar(answers),
    )
    return Score("RENAL", lesion.id, parts, CLASSES)


def radius_points(mm: float) -> int:
    """Points of a largest diameter."""
    return 1 if mm <= 40 else 2 if mm < 70 else 3


def exophytic_points(percent: float) -> int:
    """Points of the share outside the kidney; up to 5 % is entirely endophytic."""
    return 1 if percent >= 50 else 2 if percent > ENDOPHYTIC_PERCENT else 3


def nearness_points(mm: float) -> int:
    """Points of a distance to sinus or collecting system."""
    return 1 if mm >= 7 else 2 if mm > 4 else 3


def location_points(place: Place, shift_mm: float = 0.0) -> tuple[int, str]:
    """Points of the place between the polar lines, and which rule gave them.

    Parameters
    ----------
    place : Place
    shift_mm : float
        Both lines so much further from the midline, to see what is borderline.
    """
    t, poles = place.along_mm, place.poles
    lower, upper = poles.lower_mm - shift_mm, poles.upper_mm + shift_mm
    between = float(((t >= lower) & (t <= upper)).mean())
    if t.min() >= upper or t.max() <= lower:
        return 1, f"entirely {'above the upper' if t.min() >= upper else 'below the lower'} line"
    if t.min() < poles.middle_mm - shift_mm and t.max() > poles.middle_mm + shift_mm:
        return 3, "crosses the midline between the polar lines"
    if t.min() >= lower and t.max() <= upper:
        return 3, "entirely between the polar lines"
    line = "upper" if t.max() > upper else "lower"
    share = f"{100 * between:.0f} % of it between the lines"
    return (3 if between > 0.5 else 2), f"crosses the {line} polar line, {share}"


def radius(
    case: Case, lesion: Lesion, key: str, title: str, points: Callable[[float], int]
) -> Component:
    """Size by the largest diameter in any axial, coronal or sagittal slice, as readers measure.

    Source: "maximal diameter" (PMC3124570), "in any axis" (Radiopaedia); that it is taken in the
    grid's three planes is this project's choice. It is said where the largest axial diameter or
    the one in space would give other points.
    """
    caliper, plane = largest_in_plane(lesion)
    if caliper.mm < 1e-6:
        return Component(key, title, 1, (1, 2, 3), "it is one voxel only", number=0.0, unit="mm")
    mine = points(caliper.mm)
    why = f"largest diameter {caliper.mm:.0f} mm in {_ARTICLE[plane]} {plane} slice"
    others = {"in an axial slice": lesion.axial.long.mm, "in space": lesion.longest.mm}
    for where, mm in others.items():
        if points(mm) != mine:
            why += f"; {mm:.0f} mm {where}, which would be {points(mm)}"
    border = differs(points, caliper.mm, *diameter_range_mm(caliper))
    middle = np.mean(caliper.ends_ras, axis=0)
    return Component(
        key,
        title,
        mine,
        (1, 2, 3),
        why + _BORDER * border,
        number=caliper.mm,
        unit="mm",
        text=plane,
        is_borderline=border,
        slice_z=slice_of(case, middle),
        points_ras=caliper.ends_ras,
    )


def exophytic(case: Case, lesion: Lesion, key: str, title: str) -> Component:
    """Share of the volume outside the closed kidney.

    Source: the cuts at 50 % and "entirely"; the outline as in `exophytic_range`. That up to 5 %
    outside still is "entirely endophytic" is this project's choice: over the bed of a mass under
    the surface the closed outline is flat where the kidney was round. It is said where the outline
    closed slice by slice would give other points.
    """
    value = exophytic_share(case, lesion)
    percent, low, high = value.number, value.low, value.high
    if percent is None or low is None or high is None:
        return Component(key, title, None, (1, 2, 3), value.reason, "unknown")
    kidney = case.anatomy.kidney_of(lesion)
    assert kidney is not None  # else there were no number
    other = share_in_slices(kidney, lesion)
    border = differs(exophytic_points, percent, low, high)
    second = ""
    if differs(exophytic_points, percent, other):
        second = f"; closed slice by slice {other:.0f} %, which would be {exophytic_points(other)}"
    entirely = ", which counts as none" if 0 < percent <= ENDOPHYTIC_PERCENT else ""
    x, y, z = lesion.centre_ras.tolist()
    return Component(
        key,
        title,
        exophytic_points(percent),
        (1, 2, 3),
        f"{percent:.0f} % of it lies outside the closed kidney{entirely}{second}"
        + _BORDER * border,
        number=percent,
        unit="%",
        is_borderline=border or bool(second),
        slice_z=value.slice_z,
        points_ras=((x, y, z),),
    )


def _nearness(place: Place | str, answers: ReaderAnswers) -> Component:
    """Smallest distance to sinus fat; vessels and the collecting system carry no label.

    So the distance is the largest it can be, and the reader is asked unless 3 points are certain.
    """
    head, asks = ("N", "Nearness"), "how far is it from sinus and collecting system, in mm?"
    if answers.nearness_mm is not None:
        mm = answers.nearness_mm
        why = f"{mm:.0f} mm to sinus or collecting system, said the reader"
        return Component(*head, nearness_points(mm), (1, 2, 3), why, "reader", mm, "mm")
    if isinstance(place, str):
        return Component(*head, None, (1, 2, 3), place, "unknown", asks=asks)
    gap = sinus_gap(place)
    mm, ends, points = gap.mm, gap.ends_ras, nearness_points(gap.mm)
    border = differs(nearness_points, mm, max(mm - gap.half_mm, 0), mm + gap.half_mm)
    why = f"{mm:.1f} mm to sinus fat" + _BORDER * border
    if points < 3:
        why += "; the collecting system carries no label and may be nearer"
    return Component(
        *head,
        points,
        (1, 2, 3),
        why,
        number=mm,
        unit="mm",
        is_borderline=border,
        asks=asks if points < 3 or border else "",
        slice_z=slice_of(place.case, ends[0]),
        points_ras=ends,
    )


def face(place: Place | str, answers: ReaderAnswers, key: str) -> Component:
    """Before or behind the kidney's own coronal plane, which holds its axis and its hilum.

    Source: the letters; that two thirds of the volume decide is this project's choice.
    """
    head, asks = (key, "Anterior or posterior", None, ()), "is it anterior or posterior?"
    if answers.face is not None:
        why = f"{FACES[answers.face]}, said the reader"
        return Component(*head, why, "reader", text=answers.face)
    if isinstance(place, str):
        return Component(*head, place, "unknown", asks=asks)
    letter, share = face_of(place), 100 * place.anterior_share
    x, y, z = place.lesion.centre_ras
    return Component(
        *head,
        f"{share:.0f} % of it lies before the kidney's own coronal plane: {FACES[letter]}",
        number=share,
        unit="%",
        text=letter,
        slice_z=slice_of(place.case, (x, y, z)),
        points_ras=((float(x), float(y), float(z)),),
    )


def _location(place: Place | str, answers: ReaderAnswers) -> Component:
    """Place along the kidney's axis by the polar lines of `poles`."""
    head, asks = ("L", "Location"), "how does it lie to the polar lines, 1, 2 or 3?"
    if answers.location is not None:
        why = f"{_LOCATIONS[answers.location]}, said the reader"
        return Component(*head, answers.location, (1, 2, 3), why, "reader")
    if isinstance(place, str):
        return Component(*head, None, (1, 2, 3), place, "unknown", asks=asks)
    points, rule = location_points(place)
    border = any(location_points(place, by)[0] != points for by in (-place.half_mm, place.half_mm))
    poles = place.poles
    line = place.nearest_line_mm(poles.lower_mm, poles.upper_mm)
    at = place.at_level(line)
    doubt = f"; unsure, for {poles.doubt}" if poles.doubt else ""
    return Component(
        *head,
        points,
        (1, 2, 3),
        rule + _BORDER * border + doubt,
        text=rule,
        is_borderline=border,
        asks=asks if poles.doubt else "",
        slice_z=slice_of(place.case, at),
        points_ras=(place.at_level(poles.lower_mm), place.at_level(poles.upper_mm)),
    )


def _hilar(answers: ReaderAnswers) -> Component:
    head = ("h", "Main renal vessel", None, ())
    if answers.touches_main_vessel is None:
        asks = "does it touch the main renal artery or vein?"
        return Component(*head, "vessels carry no label", "unknown", asks=asks)
    touches = answers.touches_main_vessel
    why = f"it {'touches' if touches else 'does not touch'} the main artery or vein"
    return Component(*head, f"{why}, said the reader", "reader", text="h" if touches else "")


def as_value(score: Score) -> Value:
    """A score as a row of the table of measures: its total, or why there is none."""
    if score.total is None:
        least, most = score.possible
        missing = ", ".join(score.unknown).lower()
        return Value(None, f"{least} to {most}: {missing} is not known", score=score)
    reason = f"{score.code}, {score.complexity[0]} complexity"
    return Value(float(score.total), reason, score=score)


ROWS = (
    Measure(
        "renal_score",
        "RENAL score",
        "",
        "lesion",
        0,
        lambda case, lesion: as_value(renal_score(case, lesion)),
        "Kutikov and Uzzo 2009",
        "4 to 12: size, bulge, nearness to the sinus and place; the collecting system is not seen",
        kind="tumour",
    ),
)
