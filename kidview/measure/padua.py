"""PADUA score of a lesion: six anatomical parts, the letter a or p, and what each stands on.

Definition (Ficarra et al. 2009, Eur Urol 56:786-793; of the paper the abstract was read, which
names the parts and the classes 6-7 and 8-9; the points below are from memory and agree with the
program of Heller et al., which scores the same parts from KiTS labels and was read):

======================= ================ ================= =========
part                    1 point          2 points          3 points
======================= ================ ================= =========
longitudinal location   upper or lower   middle
exophytic rate          50 % or more     less than 50 %    endophytic
renal rim               lateral          medial
renal sinus             not involved     involved
collecting system       not involved     displaced or
                                         infiltrated
size                    4 cm or less     over 4 to 7 cm    over 7 cm
======================= ================ ================= =========

6-7 is low, 8-9 intermediate, 10-14 high. A urologist should confirm the table before it is
relied on. "Middle" is more than half of the lesion between the sinus lines, as in that program;
the wording of the paper for a lesion that crosses a line was not read.
"""

from __future__ import annotations

from kidview.core.answers import ReaderAnswers
from kidview.measure.anatomy import Lesion
from kidview.measure.distance import sinus_gap
from kidview.measure.place import Place, differs, find_place, slice_of
from kidview.measure.renal import as_value, exophytic, face, radius
from kidview.measure.row import Case, Measure
from kidview.measure.score import Component, Score

CLASSES = (("low", 6, 7), ("intermediate", 8, 9), ("high", 10, 14))
INVOLVED_MM = 2.0
"""A lesion nearer to the sinus involves it: as in the program of Heller et al."""

_BORDER = "; half a voxel would change the points"


def padua_score(case: Case, lesion: Lesion, answers: ReaderAnswers | None = None) -> Score:
    """PADUA score of a lesion, with the slice that is the evidence for each part.

    Parameters
    ----------
    case : Case
    lesion : Lesion
        Of the case; meant for tumours.
    answers : ReaderAnswers, optional
        What a person says, else what the case knows of it. Without its `collecting_system`
        the total stays open by one point.

    Returns
    -------
    Score
    """
    place = find_place(case, lesion)
    answers = case.answers_for(lesion) if answers is None else answers
    parts = (
        _longitudinal(place, answers),
        exophytic(case, lesion, "exophytic", "Exophytic rate"),
        _rim(place, answers),
        _sinus(place, answers),
        _collecting(answers),
        radius(case, lesion, "size", "Size", size_points),
        face(place, answers, "face"),
    )
    return Score("PADUA", lesion.id, parts, CLASSES)


def size_points(mm: float) -> int:
    """Points of a largest diameter; 7.0 cm are 2 here and 3 in RENAL."""
    return 1 if mm <= 40 else 2 if mm <= 70 else 3


def _between(place: Place, shift_mm: float = 0.0) -> float:
    lower = place.poles.sinus_lower_mm - shift_mm
    upper = place.poles.sinus_upper_mm + shift_mm
    return float(((place.along_mm >= lower) & (place.along_mm <= upper)).mean())


def _longitudinal(place: Place | str, answers: ReaderAnswers) -> Component:
    head, asks = (
        ("longitudinal", "Longitudinal location"),
        "does it lie at a pole or in the middle?",
    )
    if answers.is_polar is not None:
        points, text = (1, "polar") if answers.is_polar else (2, "middle")
        return Component(*head, points, (1, 2), f"{text}, said the reader", "reader", text=text)
    if isinstance(place, str):
        return Component(*head, None, (1, 2), place, "unknown", asks=asks)
    share, poles = _between(place), place.poles
    border = any(
        (_between(place, by) > 0.5) != (share > 0.5) for by in (-place.half_mm, place.half_mm)
    )
    middle = (place.along_mm.min() + place.along_mm.max()) / 2
    pole = "upper" if middle > (poles.sinus_lower_mm + poles.sinus_upper_mm) / 2 else "lower"
    line = place.nearest_line_mm(poles.sinus_lower_mm, poles.sinus_upper_mm)
    doubt = f"; unsure, for {poles.doubt}" if poles.doubt and poles.lips_seen else ""
    return Component(
        *head,
        2 if share > 0.5 else 1,
        (1, 2),
        f"{100 * share:.0f} % of it lies between the sinus lines" + _BORDER * border + doubt,
        number=100 * share,
        unit="%",
        text="middle" if share > 0.5 else pole,
        is_borderline=border,
        asks=asks if doubt else "",
        slice_z=slice_of(place.case, place.at_level(line)),
        points_ras=(place.at_level(poles.sinus_lower_mm), place.at_level(poles.sinus_upper_mm)),
    )


def _rim(place: Place | str, answers: ReaderAnswers) -> Component:
    """On which side of the kidney's centre it lies, seen along the direction of the hilum."""
    head, asks = ("rim", "Renal rim"), "does it lie at the lateral or the medial rim?"
    if answers.rim is not None:
        points = 1 if answers.rim == "lateral" else 2
        why = f"{answers.rim}, said the reader"
        return Component(*head, points, (1, 2), why, "reader", text=answers.rim)
    if isinstance(place, str):
        return Component(*head, None, (1, 2), place, "unknown", asks=asks)
    mm = place.medial_mm
    border = abs(mm) <= min(place.lesion.geometry.spacing_zyx) / 2
    text = "medial" if mm > 0 else "lateral"
    x, y, z = place.lesion.centre_ras
    return Component(
        *head,
        2 if mm > 0 else 1,
        (1, 2),
        f"its centre lies {abs(mm):.0f} mm {text} of the kidney's" + _BORDER * border,
        number=mm,
        unit="mm",
        text=text,
        is_borderline=border,
        slice_z=slice_of(place.case, (x, y, z)),
        points_ras=((float(x), float(y), float(z)),),
    )


def _sinus(place: Place | str, answers: ReaderAnswers) -> Component:
    head, asks = ("sinus", "Renal sinus"), "does it reach into the renal sinus?"
    if answers.in_sinus is not None:
        text = "involved" if answers.in_sinus else "not involved"
        points = 1 + answers.in_sinus
        return Component(*head, points, (1, 2), f"{text}, said the reader", "reader", text=text)
    if isinstance(place, str):
        return Component(*head, None, (1, 2), place, "unknown", asks=asks)
    gap = sinus_gap(place)
    mm, ends, points = gap.mm, gap.ends_ras, _sinus_points(gap.mm)
    border = differs(_sinus_points, mm, max(mm - gap.half_mm, 0), mm + gap.half_mm)
    return Component(
        *head,
        points,
        (1, 2),
        f"{mm:.1f} mm to sinus fat, involved below 2 mm" + _BORDER * border,
        number=mm,
        unit="mm",
        text="involved" if points == 2 else "not involved",
        is_borderline=border,
        slice_z=slice_of(place.case, ends[0]),
        points_ras=ends,
    )


def _sinus_points(mm: float) -> int:
    return 2 if mm < INVOLVED_MM else 1


def _collecting(answers: ReaderAnswers) -> Component:
    head = ("collecting", "Collecting system")
    if answers.collecting_system is None:
        why = "the collecting system carries no label"
        asks = "is the collecting system displaced or infiltrated?"
        return Component(*head, None, (1, 2), why, "unknown", asks=asks)
    is_free = answers.collecting_system == "no"
    text = "not involved" if is_free else "displaced or infiltrated"
    why = f"{text}, said the reader"
    return Component(*head, 1 if is_free else 2, (1, 2), why, "reader", text=text)


ROWS = (
    Measure(
        "padua_score",
        "PADUA score",
        "",
        "lesion",
        0,
        lambda case, lesion: as_value(padua_score(case, lesion)),
        "Ficarra 2009",
        "6 to 14; open by one point until the reader has answered for the collecting system",
        kind="tumour",
    ),
)
