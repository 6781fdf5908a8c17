"""Contact surface area: how much of a lesion's surface lies against the kidney, cm2."""

from __future__ import annotations

from kidview.measure.anatomy import Lesion
from kidview.measure.row import Case, Measure, Value


def contact_area(case: Case, lesion: Lesion) -> Value:
    """Area of a lesion's meshed surface whose outer voxel is parenchyma, cm2.

    Measured on the surface itself. The first definition takes the lesion for a ball: its whole
    area times the share of it inside the kidney; the later one is 2 pi r d, with radius r and
    depth d. Both are what this gives for a ball; sinus fat and other lesions are no contact.

    Source: Leslie et al. 2014, Eur Urol (the share of a ball's area); Hsieh et al. 2016, Eur
    Urol (2 pi r d). The first as retold by Bulanti et al. 2024 (arXiv 2402.16857), who measure
    on meshes too; the papers themselves were not at hand.
    """
    at = tuple(lesion.surface.outside_zyx.T)
    touches = lesion.around[at] == 1
    return Value(float(lesion.surface.area_mm2[touches].sum()) / 100.0)


ROWS = (
    Measure(
        "contact_cm2",
        "Contact with kidney",
        "cm2",
        "lesion",
        1,
        contact_area,
        "contact surface area (Leslie 2014, Hsieh 2016)",
        "Area of its surface that lies against parenchyma",
    ),
)
