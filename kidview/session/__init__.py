"""The state of one window: what is open, what is looked at, what can be undone."""

from kidview.session.accepted import Accepted
from kidview.session.annotations import measured_in_words, slice_of
from kidview.session.change import Change, What
from kidview.session.effort import Effort, Spent
from kidview.session.outline import Outline
from kidview.session.plan import (
    IN_PLANE,
    PLANES,
    SlicePlan,
    cut,
    plan_slice,
    plane_point,
    plane_to_index,
    voxel_under,
)
from kidview.session.session import Session, step_title
from kidview.session.slab import slab_plane
from kidview.session.view import PRESETS, SLAB_KINDS, SLAB_MM, Slab, ViewState, WindowPreset

__all__ = [
    "IN_PLANE",
    "PLANES",
    "PRESETS",
    "SLAB_KINDS",
    "SLAB_MM",
    "Accepted",
    "Change",
    "Effort",
    "Outline",
    "Session",
    "Slab",
    "SlicePlan",
    "Spent",
    "ViewState",
    "What",
    "WindowPreset",
    "cut",
    "measured_in_words",
    "plan_slice",
    "plane_point",
    "plane_to_index",
    "slab_plane",
    "slice_of",
    "step_title",
    "voxel_under",
]
