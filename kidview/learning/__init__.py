"""A model learns from corrected cases, proves itself, and replaces the one in use, or not."""

from kidview.learning.registry import Entry, Registry, Use, own_models
from kidview.learning.verdict import CLASSES, CaseRow, Verdict, read_verdict

__all__ = [
    "CLASSES",
    "CaseRow",
    "Entry",
    "Registry",
    "Use",
    "Verdict",
    "own_models",
    "read_verdict",
]
