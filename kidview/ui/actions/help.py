"""Help menu: palette, keys, about."""

from __future__ import annotations

from kidview.ui.actions.row import ActionRow
from kidview.ui.dialogs.about import show_about
from kidview.ui.dialogs.key_sheet import show_key_sheet
from kidview.ui.dialogs.keys_page import show_keys_page
from kidview.ui.dialogs.palette import show_palette

HELP = (
    ActionRow(
        "help.palette",
        "Find an action…",
        ("Ctrl+K",),
        "Type a few letters of what you want to do",
        "Help",
        show_palette,
        icon="ph.magnifying-glass",
    ),
    ActionRow(
        "help.keys",
        "Keys and mouse",
        ("?",),
        "All keys on one sheet",
        "Help",
        show_key_sheet,
        icon="ph.keyboard",
    ),
    ActionRow(
        "help.change_keys",
        "Change keys…",
        ("Ctrl+Alt+K",),
        "Give an action another key, or all their first ones again",
        "Help",
        show_keys_page,
    ),
    ActionRow(
        "help.about",
        "About KidView",
        ("Shift+F1",),
        "Version, licence and what it is not",
        "Help",
        show_about,
        icon="ph.info",
        starts_group=True,
    ),
)
