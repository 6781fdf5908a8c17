"""What a row of the tools table says, and what its function is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import FloatArray, HUArray, Index, LabelArray, Triple
from kidview.edit.types import Edit

OptionValue = float | bool | str


@dataclass(frozen=True)
class Option:
    """One thing to set above the views while a tool is chosen.

    Parameters
    ----------
    id : str
        "tool.name"; several tools may share one.
    title : str
        One or two words in front of it.
    tip : str
        One sentence for the tool-tip.
    default : float, bool or str
        A number is shown as a box, a truth as a switch, a word as one of `choices`.
    low, high : float
        Of a number.
    unit : str
        "HU", "mm", "mL" or "".
    decimals : int
    choices : tuple of (value, title)
    only_if : (id, values), optional
        Shown only while another option of the same tool has one of these values.
    """

    id: str
    title: str
    tip: str
    default: OptionValue
    low: float = 0.0
    high: float = 0.0
    unit: str = ""
    decimals: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    only_if: tuple[str, tuple[OptionValue, ...]] | None = None


@dataclass(frozen=True, eq=False)
class Work:
    """What a tool's function gets: values, none of which it changes.

    Parameters
    ----------
    hu : (Z, Y, X) int16
    geometry : Geometry
    labels : (Z, Y, X) uint8
        Of the moment the tool was asked.
    label : int
        The active label; 0 where the gesture erases.
    at_zyx : 3 ints, optional
        The voxel clicked.
    axis : int, optional
        Array axis across which the view cuts that was used.
    outline : tuple of 3 floats each
        Vertices drawn in the view, fractional voxel indices on one slice; closed by itself.
    options : mapping
        Id to value, for those that were set.
    task : Task
        Told about long work, notices a cancel.
    seeds : Box and uint8 array of its shape, optional
        Scribbles: 0 none, 1 to 3 a label, 255 background.
    to_view : (4, 4) float64, optional
        Of an outline drawn over the 3D view, whose vertices then are (x, y, 0) in the view: takes
        (x, y, z, 1) in mm, RAS+, to (x, y, depth, 1) w.
    """

    hu: HUArray
    geometry: Geometry
    labels: LabelArray
    label: int
    at_zyx: Index | None = None
    axis: int | None = None
    outline: tuple[Triple, ...] = ()
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    task: Task = field(default_factory=Task)
    seeds: tuple[Box, LabelArray] | None = None
    to_view: FloatArray | None = None

    @property
    def clicked(self) -> Index:
        """The voxel clicked; raises EditRefused where there is none."""
        if self.at_zyx is None:
            raise EditRefused("nothing was clicked", "click into the scan")
        return self.at_zyx

    def number(self, option: Option) -> float:
        """Value of an option that is a number."""
        return float(self.options.get(option.id, option.default))

    def flag(self, option: Option) -> bool:
        """Value of an option that is a switch."""
        return bool(self.options.get(option.id, option.default))

    def choice(self, option: Option) -> str:
        """Value of an option that is one of several."""
        return str(self.options.get(option.id, option.default))


Act = Callable[[Work], Edit]

Point = tuple[float, float]


class Tracer(Protocol):
    """Finds the way from one point of a slice to another."""

    def path(self, start: Point, end: Point) -> Sequence[Point]:
        """Points between, (row, column) fractional; both ends left out."""


Trace = Callable[[HUArray, tuple[float, float]], Tracer]


@dataclass(frozen=True)
class ToolRow:
    """A row of the tools table.

    Parameters
    ----------
    id : str
    title : str
        As menus and undo steps name it.
    key : str
        Key that chooses the tool.
    icon : str
        Name in the icon set (Phosphor).
    tip : str
        One sentence for the tool-tip.
    gesture : str
        "navigate" moves the crosshair; "stroke" paints while dragged; "click" acts where it is
        clicked; "outline" acts on a line drawn in a slice view, "outline3d" on one drawn over the
        3D view; "effect" acts on labels as they are,
        shown beforehand and then accepted; "seeds" paints scribbles into a layer of their own and
        acts on all of them after each; "annotate" measures and changes no label.
    options : tuple of str and Option
        A str names a field that all tools share ("label", "radius_mm", "is_ball", "over",
        "hu_range"), an Option is the tool's own.
    act : callable, optional
        Of every gesture but "navigate", "stroke" and "annotate". Runs in a worker; raises
        EditRefused.
    trace : callable, optional
        Of an outline that follows the image: (rows, columns) int16 HU of a slice and its (row,
        column) spacing in mm to a Tracer. Without it anchors are joined by straight lines.
    depends_on_place : bool
        An effect that is another where the crosshair is elsewhere.
    has_hint : bool
        What a click would change is shown while the pointer rests.
    """

    id: str
    title: str
    key: str
    icon: str
    tip: str
    gesture: str
    options: tuple[str | Option, ...] = ()
    act: Act | None = None
    trace: Trace | None = None
    depends_on_place: bool = False
    has_hint: bool = False

    def in_use(self, values: Mapping[str, OptionValue]) -> tuple[str | Option, ...]:
        """The options that apply while others have these values, by id; else their defaults."""
        own = [option for option in self.options if isinstance(option, Option)]
        now = {option.id: values.get(option.id, option.default) for option in own}

        def applies(option: str | Option) -> bool:
            if isinstance(option, str) or option.only_if is None:
                return True
            id, wanted = option.only_if
            return now[id] in wanted

        return tuple(filter(applies, self.options))
