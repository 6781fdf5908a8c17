"""Cases: a scan with what a network proposed, what people made of it, and who did what when."""

from kidview.cases.case import Author, Case, Corrected, Image, Move, StoredFile
from kidview.cases.index import CaseRow
from kidview.cases.record import RECORD_FILE
from kidview.cases.status import TRANSITIONS, Status
from kidview.cases.store import CaseStore

__all__ = [
    "RECORD_FILE",
    "TRANSITIONS",
    "Author",
    "Case",
    "CaseRow",
    "CaseStore",
    "Corrected",
    "Image",
    "Move",
    "Status",
    "StoredFile",
]
