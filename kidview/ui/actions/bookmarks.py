"""View menu, bookmarks: places of the scan to come back to."""

from __future__ import annotations

from kidview.cases import Bookmark
from kidview.session import PLANES
from kidview.ui.actions.row import SCAN, ActionRow, Condition
from kidview.ui.context import Context
from kidview.ui.turning import check_straight

MENU = "View/Bookmarks"
_ANY = Condition(
    lambda c: bool(c.session.marks.bookmarks), "add a bookmark first, with [bookmark.add]"
)
_HERE = Condition(lambda c: here(c) is not None, "go to a bookmark first")


def add(context: Context) -> None:
    """Mark the crosshair's place, seen in the active view, by the name of its slice."""
    session, axis = context.session, context.window.views.active_axis
    if session.volume is None:
        return
    check_straight(session, axis, "keep this place")
    index = session.volume.geometry.nearest_index(session.view.cursor_ras)[axis]
    name = f"{PLANES[axis].capitalize()} {index + 1}"
    taken = {one.name for one in session.marks.bookmarks}
    number, numbered = 2, name
    while numbered in taken:
        numbered, number = f"{name} ({number})", number + 1
    place = Bookmark(numbered, axis, session.view.cursor_ras, session.view.window_hu)
    context.window.say(f"Bookmark added: {place.name}")  # keeping it may have more to tell
    session.mark(session.marks.with_bookmark(place))


def go_to(context: Context, place: Bookmark) -> None:
    """Look at a bookmark: its slices, its grey scale, and its view if only one has all the room."""
    view = context.session.view
    maximised = PLANES[place.axis] if view.maximised in PLANES else view.maximised
    context.session.look(
        cursor_ras=place.point_ras,
        centre_ras=view.centre_ras if view.mm_per_pixel is None else place.point_ras,
        window_hu=place.window_hu,
        maximised=maximised,
    )
    context.window.say(f"Bookmark: {place.name}")


def go_on(context: Context) -> None:
    """The bookmark after the one that is looked at, and round again."""
    places, now = context.session.marks.bookmarks, here(context)
    if places:
        number = -1 if now is None else places.index(now)
        go_to(context, places[(number + 1) % len(places)])


def remove(context: Context) -> None:
    """Forget the bookmark that is looked at."""
    place = here(context)
    if place is not None:
        context.window.say(f"Bookmark removed: {place.name}")
        context.session.mark(context.session.marks.without_bookmark(place))


def here(context: Context) -> Bookmark | None:
    """The bookmark at the crosshair's voxel, by its grey scale where several are; else None."""
    session = context.session
    if session.volume is None:
        return None
    voxel_of = session.volume.geometry.nearest_index
    at, window_hu = voxel_of(session.view.cursor_ras), session.view.window_hu
    found = [one for one in session.marks.bookmarks if voxel_of(one.point_ras) == at]
    return max(found, key=lambda one: one.window_hu == window_hu, default=None)


BOOKMARKS = (
    ActionRow(
        "bookmark.add",
        "Add a bookmark",
        ("Ctrl+D",),
        "Keep this place and grey scale to come back to",
        MENU,
        add,
        SCAN,
        icon="ph.bookmark-simple",
    ),
    ActionRow(
        "bookmark.next",
        "Next bookmark",
        ("Alt+D",),
        "Go to the bookmark after this one, and round again",
        MENU,
        go_on,
        _ANY,
    ),
    ActionRow(
        "bookmark.remove",
        "Remove this bookmark",
        ("Ctrl+Alt+D",),
        "Forget the bookmark the crosshair is at",
        MENU,
        remove,
        _HERE,
        says=lambda c: f"Remove {place.name}" if (place := here(c)) else "Remove this bookmark",
    ),
)
