"""Edit menu: undo, tools, labels, brush."""

from __future__ import annotations

from kidview.core.labels import LABELS, Label
from kidview.edit import TOOLS, ToolRow
from kidview.ui.actions.row import SCAN, ActionRow, Condition, scribbles_in_hand
from kidview.ui.annotating import has_one_in_hand
from kidview.ui.context import Context

RADIUS_RANGE_MM = (0.5, 50.0)
_RADIUS_STEP = 1.2
_ITK_TOOL_KEYS = {"navigate": ("1",), "brush": ("4",)}

_UNDO = Condition(
    lambda c: c.session.history.undo_title is not None or scribbles_in_hand(c) is not None,
    "nothing to undo",
)
_REDO = Condition(lambda c: c.session.history.redo_title is not None, "nothing to redo")


def _undone_next(context: Context) -> str:
    if scribbles_in_hand(context) is not None:
        return "scribble"
    return context.session.history.undo_title or ""


def undo(context: Context) -> None:
    """Take the last step back and say which it was."""
    title = context.session.undo()
    if title is not None:
        context.window.say(f"Undone: {title}")


def redo(context: Context) -> None:
    """Do the step again and say which it was."""
    title = context.session.redo()
    if title is not None:
        context.window.say(f"Done again: {title}")


def scale_radius(context: Context, factor: float) -> None:
    """Make the brush larger or smaller."""
    low, high = RADIUS_RANGE_MM
    radius = round(context.session.view.radius_mm * factor, 1)
    context.session.look(radius_mm=min(max(radius, low), high))


def step_label(context: Context, step: int) -> None:
    """Make the next or previous label active."""
    ids = [row.id for row in LABELS]
    place = ids.index(context.session.view.label)
    context.session.look(label=ids[(place + step) % len(ids)])


def toggle_lock(context: Context, label: int) -> None:
    """Lock a label, or free it."""
    context.session.protect(locked=context.session.guard.locked ^ {label})


def remove_measurement(context: Context) -> None:
    """Remove the measurement in hand."""
    context.session.mark(context.session.marks.without_selected())
    context.window.say("The measurement is removed")


def _tool_row(tool: ToolRow, is_first: bool) -> ActionRow:
    return ActionRow(
        f"tool.{tool.id}",
        tool.title,
        (tool.key,),
        tool.tip,
        "Edit",
        lambda c: c.session.look(tool=tool.id),
        SCAN,
        is_checked=lambda c: c.session.view.tool == tool.id,
        itk_keys=_ITK_TOOL_KEYS.get(tool.id),
        icon=tool.icon,
        starts_group=is_first,
    )


def _label_row(label: Label) -> ActionRow:
    return ActionRow(
        f"label.{label.name}",
        label.name.capitalize(),
        (label.key,),
        f"Paint {label.name}",
        "Edit/Active label",
        lambda c: c.session.look(label=label.id),
        SCAN,
        is_checked=lambda c: c.session.view.label == label.id,
        itk_keys=(f"Alt+{label.key}",),
    )


EDIT = (
    ActionRow(
        "edit.undo",
        "Undo",
        ("Ctrl+Z",),
        "Take the last step back",
        "Edit",
        undo,
        _UNDO,
        says=lambda c: f"Undo {_undone_next(c)}".strip(),
        icon="ph.arrow-counter-clockwise",
        repeats=True,
    ),
    ActionRow(
        "edit.redo",
        "Redo",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "Do the undone step again",
        "Edit",
        redo,
        _REDO,
        says=lambda c: f"Redo {c.session.history.redo_title or ''}".strip(),
        icon="ph.arrow-clockwise",
        repeats=True,
    ),
    ActionRow(
        "outline.back",
        "Remove the last point",
        ("Backspace",),
        "Of the outline being drawn",
        "Edit",
        lambda c: c.window.outlining.take_back(),
        Condition(lambda c: c.session.outline is not None, "no outline is being drawn"),
        starts_group=True,
        repeats=True,
    ),
    ActionRow(
        "outline.paste",
        "Paste the last outline",
        ("Ctrl+V",),
        "Lay the outline drawn last on this slice, to be changed and closed",
        "Edit",
        lambda c: c.window.outlining.paste(),
        SCAN,
    ),
    ActionRow(
        "measure.remove",
        "Remove the measurement",
        ("Del",),
        "Of the measurement that is selected on this slice; it cannot be undone",
        "Edit",
        remove_measurement,
        Condition(lambda c: has_one_in_hand(c.session), "select a measurement on this slice first"),
    ),
    *(_tool_row(tool, n == 0) for n, tool in enumerate(TOOLS)),
    *(_label_row(label) for label in LABELS),
    ActionRow(
        "label.next",
        "Next label",
        (">",),
        "Make the next label active",
        "Edit/Active label",
        lambda c: step_label(c, 1),
        SCAN,
        starts_group=True,
    ),
    ActionRow(
        "label.previous",
        "Previous label",
        ("<",),
        "Make the label before active",
        "Edit/Active label",
        lambda c: step_label(c, -1),
        SCAN,
    ),
    ActionRow(
        "label.lock",
        "Lock the active label",
        ("Shift+L",),
        "A locked label neither loses nor gains voxels",
        "Edit/Active label",
        lambda c: toggle_lock(c, c.session.view.label),
        SCAN,
        is_checked=lambda c: c.session.view.label in c.session.guard.locked,
        starts_group=True,
    ),
    ActionRow(
        "label.background",
        "Erase to background",
        ("0",),
        "Take the eraser",
        "Edit/Active label",
        lambda c: c.session.look(tool="eraser"),
        SCAN,
        itk_keys=("Alt+0",),
    ),
    ActionRow(
        "brush.larger",
        "Larger brush",
        ("]",),
        "Make the brush a fifth larger",
        "Edit",
        lambda c: scale_radius(c, _RADIUS_STEP),
        SCAN,
        itk_keys=("+", "]"),
        starts_group=True,
        repeats=True,
    ),
    ActionRow(
        "brush.smaller",
        "Smaller brush",
        ("[",),
        "Make the brush a sixth smaller",
        "Edit",
        lambda c: scale_radius(c, 1 / _RADIUS_STEP),
        SCAN,
        itk_keys=("-", "["),
        repeats=True,
    ),
    ActionRow(
        "brush.ball",
        "Ball brush",
        ("X",),
        "Paint a ball through the slices instead of a disc in one",
        "Edit",
        lambda c: c.session.look(is_ball=not c.session.view.is_ball),
        SCAN,
        is_checked=lambda c: c.session.view.is_ball,
    ),
)
