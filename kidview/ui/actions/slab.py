"""View menu, slabs: several slices shown as one."""

from __future__ import annotations

from kidview.session import SLAB_KINDS, SLAB_MM, Slab
from kidview.ui.actions.row import SCAN, ActionRow, Condition
from kidview.ui.context import Context

_FIRST_MM = 10.0
_ON = Condition(lambda c: c.session.view.slab is not None, "show a slab first")
_ROWS = (
    ("max", "Maximum (MIP)", "Alt+M", "Vessels and stones: the brightest of several slices"),
    ("mean", "Mean", "Alt+N", "Less noise: the mean of several slices"),
    ("min", "Minimum (MinIP)", "Alt+B", "Fat and air: the darkest of several slices"),
)


def toggle(context: Context, kind: str) -> None:
    """Show slabs of a kind, or single slices again."""
    slab = context.session.view.slab
    is_on = slab is not None and slab.kind == kind
    mm = _FIRST_MM if slab is None else slab.mm
    context.session.look(slab=None if is_on else Slab(kind, mm))
    words = "single slices" if is_on else f"{SLAB_KINDS[kind]} of {mm:g} mm"
    context.window.say(f"Shown: {words}")


def step(context: Context, by: int) -> None:
    """The next thickness."""
    slab = context.session.view.slab
    if slab is not None:
        place = SLAB_MM.index(slab.mm) + by
        mm = SLAB_MM[min(max(place, 0), len(SLAB_MM) - 1)]
        context.session.look(slab=Slab(slab.kind, mm))


def _row(kind: str, title: str, key: str, tip: str) -> ActionRow:
    return ActionRow(
        f"slab.{kind}",
        title,
        (key,),
        tip,
        "View/Slab",
        lambda c: toggle(c, kind),
        SCAN,
        is_checked=lambda c: c.session.view.slab is not None and c.session.view.slab.kind == kind,
    )


SLAB = (
    *(_row(*row) for row in _ROWS),
    ActionRow(
        "slab.thicker",
        "Thicker",
        ("Ctrl+]",),
        "More slices in one",
        "View/Slab",
        lambda c: step(c, 1),
        _ON,
        starts_group=True,
        repeats=True,
    ),
    ActionRow(
        "slab.thinner",
        "Thinner",
        ("Ctrl+[",),
        "Fewer slices in one",
        "View/Slab",
        lambda c: step(c, -1),
        _ON,
        repeats=True,
    ),
)
