"""A model learns from corrected cases, proves itself, and replaces the one in use, or not."""

from kidview.learning.batch import Batch, segment_new
from kidview.learning.registry import HISTORY_FILE, Entry, Registry, Use, own_models, user_registry
from kidview.learning.regression import regression_set
from kidview.learning.replay import ReplaySet, find_replay, replay_folder
from kidview.learning.teach import (
    INSTALL,
    Teaching,
    is_trainer_installed,
    measure,
    refuse_without_trainer,
    teach,
)
from kidview.learning.verdict import CLASSES, CaseRow, Verdict, read_verdict

__all__ = [
    "CLASSES",
    "HISTORY_FILE",
    "INSTALL",
    "Batch",
    "CaseRow",
    "Entry",
    "Registry",
    "ReplaySet",
    "Teaching",
    "Use",
    "Verdict",
    "find_replay",
    "is_trainer_installed",
    "measure",
    "own_models",
    "read_verdict",
    "refuse_without_trainer",
    "regression_set",
    "replay_folder",
    "segment_new",
    "teach",
    "user_registry",
]
