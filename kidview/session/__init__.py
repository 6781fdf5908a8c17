"""The state of one window: what is open, what is looked at, what can be undone."""

from kidview.session.accepted import Accepted
from kidview.session.change import Change, What
from kidview.session.effort import Effort, Spent
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
from kidview.session.view import PRESETS, ViewState, WindowPreset

__all__ = [
    "IN_PLANE",
    "PLANES",
    "PRESETS",
    "Accepted",
    "Change",
    "Effort",
    "Session",
    "SlicePlan",
    "Spent",
    "ViewState",
    "What",
    "WindowPreset",
    "cut",
    "plan_slice",
    "plane_point",
    "plane_to_index",
    "step_title",
    "voxel_under",
]
