"""Numbers from labels and HU: volumes, diameters, densities, distances. One file a subject."""

from kidview.measure.anatomy import Anatomy, Kidney, Lesion, find_anatomy
from kidview.measure.answers import match_answers
from kidview.measure.case import CaseMeasures, Measured, measure_case, measure_lesion
from kidview.measure.row import Case, Measure, Value
from kidview.measure.table import MEASURES

__all__ = [
    "MEASURES",
    "Anatomy",
    "Case",
    "CaseMeasures",
    "Kidney",
    "Lesion",
    "Measure",
    "Measured",
    "Value",
    "find_anatomy",
    "match_answers",
    "measure_case",
    "measure_lesion",
]
