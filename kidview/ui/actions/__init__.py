"""Everything the user can do, one file a menu, one row an action."""

from kidview.ui.actions.bookmarks import BOOKMARKS
from kidview.ui.actions.cases import CASES
from kidview.ui.actions.compare import COMPARE
from kidview.ui.actions.edit import EDIT
from kidview.ui.actions.file import FILE
from kidview.ui.actions.follow import FOLLOW
from kidview.ui.actions.help import HELP
from kidview.ui.actions.measures import MEASURES
from kidview.ui.actions.oblique import OBLIQUE
from kidview.ui.actions.row import SCHEMES, ActionRow
from kidview.ui.actions.segment import SEGMENT
from kidview.ui.actions.slab import SLAB
from kidview.ui.actions.teach import TEACH
from kidview.ui.actions.view import VIEW

ACTIONS: tuple[ActionRow, ...] = (
    *FILE,
    *EDIT,
    *VIEW,
    *SLAB,
    *OBLIQUE,
    *BOOKMARKS,
    *COMPARE,
    *FOLLOW,
    *MEASURES,
    *SEGMENT,
    *CASES,
    *TEACH,
    *HELP,
)

__all__ = ["ACTIONS", "SCHEMES", "ActionRow"]
