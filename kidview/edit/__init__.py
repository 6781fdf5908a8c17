"""Everything that changes a label: tools compute edits, `apply_edit` writes them."""

from kidview.edit.apply import apply_edit
from kidview.edit.compare import Comparison, compare
from kidview.edit.delta import BoxDelta
from kidview.edit.draft import GONE, Draft, draft
from kidview.edit.guard import Guard
from kidview.edit.history import History, Step
from kidview.edit.place import Place
from kidview.edit.places import find_places
from kidview.edit.refusal import why_refused
from kidview.edit.stroke import Stroke
from kidview.edit.tools import TOOLS, Option, OptionValue, ToolRow, Work
from kidview.edit.touched import Touched
from kidview.edit.types import Edit

__all__ = [
    "GONE",
    "TOOLS",
    "BoxDelta",
    "Comparison",
    "Draft",
    "Edit",
    "Guard",
    "History",
    "Option",
    "OptionValue",
    "Place",
    "Step",
    "Stroke",
    "ToolRow",
    "Touched",
    "Work",
    "apply_edit",
    "compare",
    "draft",
    "find_places",
    "why_refused",
]
