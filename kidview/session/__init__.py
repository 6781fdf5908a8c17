"""The state of one window: what is open, what is looked at, what can be undone."""

from kidview.session.accepted import Accepted
from kidview.session.annotations import measured_in_words, slice_of
from kidview.session.change import Change, What
from kidview.session.compared import Compared
from kidview.session.editable import why_not
from kidview.session.effort import Effort, Spent
from kidview.session.oblique import MOST_PIXELS, Raster, raster_over, sample_hu, sample_labels
from kidview.session.outline import Outline
from kidview.session.plan import (
    SlicePlan,
    cut,
    plan_slice,
    plane_point,
    plane_to_index,
    point_on,
    step_along,
    voxel_under,
)
from kidview.session.planes import IN_PLANE, PLANES, Turn, turned
from kidview.session.scribbles import SEEDS
from kidview.session.session import Session, step_title
from kidview.session.slab import slab_on, slab_plane, slab_reach
from kidview.session.view import PRESETS, SLAB_KINDS, SLAB_MM, Slab, ViewState, WindowPreset

__all__ = [
    "IN_PLANE",
    "MOST_PIXELS",
    "PLANES",
    "PRESETS",
    "SEEDS",
    "SLAB_KINDS",
    "SLAB_MM",
    "Accepted",
    "Change",
    "Compared",
    "Effort",
    "Outline",
    "Raster",
    "Session",
    "Slab",
    "SlicePlan",
    "Spent",
    "Turn",
    "ViewState",
    "What",
    "WindowPreset",
    "cut",
    "measured_in_words",
    "plan_slice",
    "plane_point",
    "plane_to_index",
    "point_on",
    "raster_over",
    "sample_hu",
    "sample_labels",
    "slab_on",
    "slab_plane",
    "slab_reach",
    "slice_of",
    "step_along",
    "step_title",
    "turned",
    "voxel_under",
    "why_not",
]
