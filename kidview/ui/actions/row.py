"""A row of the actions table and the conditions rows share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kidview.session import SEEDS
from kidview.ui.context import Context

SCHEMES = ("KidView", "ITK-SNAP")


@dataclass(frozen=True)
class Condition:
    """When an action can run, and what to say when it cannot."""

    is_met: Callable[[Context], bool]
    reason: str


def _draft(context: Context) -> object:
    """What waits for a yes; a hint under the pointer does not."""
    draft = context.session.draft
    return None if draft is None or draft.is_hint else draft


def scribbles_in_hand(context: Context) -> object:
    """Scribbles while their tool is in hand; with another one they only wait."""
    session = context.session
    return session.scribbles.box if session.view.tool == SEEDS else None


ALWAYS = Condition(lambda c: True, "")
SCAN = Condition(lambda c: c.session.volume is not None, "open a CT first")
PROPOSAL = Condition(lambda c: c.session.proposal is not None, "segment the scan first")
WAITING = Condition(
    lambda c: any((c.session.proposal, _draft(c), c.session.outline, scribbles_in_hand(c))),
    "segment the scan first, draw an outline or choose an effect",
)


@dataclass(frozen=True)
class ActionRow:
    """One thing the user can do; menus, keys, palette and manual are made of these.

    Parameters
    ----------
    id : str
        "<subject>.<verb>", unique.
    title : str
        As the menu shows it.
    keys : tuple of str
        Scheme KidView, as `QKeySequence` reads them; the first is shown.
    tip : str
        One sentence.
    menu : str
        "File", or "View/Window" for a submenu.
    run : callable
    enabled : Condition
    is_checked : callable, optional
        Makes the action checkable.
    says : callable, optional
        A title that tells more, such as "Undo Brush, tumour".
    itk_keys : tuple of str, optional
        Scheme ITK-SNAP where it differs.
    icon : str
        Phosphor's name, for buttons.
    starts_group : bool
        A line above it in the menu.
    repeats : bool
        Held keys repeat it.
    """

    id: str
    title: str
    keys: tuple[str, ...]
    tip: str
    menu: str
    run: Callable[[Context], None]
    enabled: Condition = ALWAYS
    is_checked: Callable[[Context], bool] | None = None
    says: Callable[[Context], str] | None = None
    itk_keys: tuple[str, ...] | None = None
    icon: str = ""
    starts_group: bool = False
    repeats: bool = False

    def keys_of(self, scheme: str) -> tuple[str, ...]:
        """Keys in one of `SCHEMES`."""
        return self.itk_keys if scheme == "ITK-SNAP" and self.itk_keys is not None else self.keys
