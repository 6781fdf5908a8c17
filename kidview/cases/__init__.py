"""Cases: a scan with what a network proposed, what people made of it, and who did what when."""

from kidview.cases.agreement import Agreement, Pair, agreement_of
from kidview.cases.answers import read_answers
from kidview.cases.case import Author, Case, Corrected, Image, Move, Reading, StoredFile
from kidview.cases.consensus import METHODS, Consensus, make_consensus
from kidview.cases.data_sets import find_cases, look_for_cases
from kidview.cases.folder import refuse_reference
from kidview.cases.index import CaseRow, by_falling_doubt
from kidview.cases.layouts import LAYOUTS, Imported, Layout
from kidview.cases.layouts.set_case import SetCase
from kidview.cases.lock import locked
from kidview.cases.marks import Annotation, Bookmark, Marks, read_marks, write_marks
from kidview.cases.place import user_store
from kidview.cases.readings import reading_by, readings_of, refuse_consensus, refuse_reader
from kidview.cases.sets import Exported, export_set, import_set
from kidview.cases.status import TRANSITIONS, Status
from kidview.cases.store import CaseStore

__all__ = [
    "LAYOUTS",
    "METHODS",
    "TRANSITIONS",
    "Agreement",
    "Annotation",
    "Author",
    "Bookmark",
    "Case",
    "CaseRow",
    "CaseStore",
    "Consensus",
    "Corrected",
    "Exported",
    "Image",
    "Imported",
    "Layout",
    "Marks",
    "Move",
    "Pair",
    "Reading",
    "SetCase",
    "Status",
    "StoredFile",
    "agreement_of",
    "by_falling_doubt",
    "export_set",
    "find_cases",
    "import_set",
    "locked",
    "look_for_cases",
    "make_consensus",
    "read_answers",
    "read_marks",
    "reading_by",
    "readings_of",
    "refuse_consensus",
    "refuse_reader",
    "refuse_reference",
    "user_store",
    "write_marks",
]
