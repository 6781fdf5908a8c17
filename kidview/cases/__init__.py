"""Cases: a scan with what a network proposed, what people made of it, and who did what when."""

from kidview.cases.case import Author, Case, Corrected, Image, Move, StoredFile
from kidview.cases.index import CaseRow
from kidview.cases.layouts import LAYOUTS, Imported, Layout
from kidview.cases.place import user_store
from kidview.cases.record import RECORD_FILE
from kidview.cases.sets import Exported, export_set, import_set
from kidview.cases.status import TRANSITIONS, Status
from kidview.cases.store import CaseStore

__all__ = [
    "LAYOUTS",
    "RECORD_FILE",
    "TRANSITIONS",
    "Author",
    "Case",
    "CaseRow",
    "CaseStore",
    "Corrected",
    "Exported",
    "Image",
    "Imported",
    "Layout",
    "Move",
    "Status",
    "StoredFile",
    "export_set",
    "import_set",
    "user_store",
]
