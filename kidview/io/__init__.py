"""Files <-> core types; the only room that knows file order, LPS, nibabel and pydicom."""

from kidview.io.formats import FORMATS, Format
from kidview.io.found import Found, SeveralScans, choose
from kidview.io.orientation import axis_codes, shape_in_file, spacing_of
from kidview.io.reading import find, read_labels, read_scan
from kidview.io.receipt import Receipt, count_labels
from kidview.io.thumbnail import thumbnail
from kidview.io.writing import refuse_target, write_labels, write_scan

__all__ = [
    "FORMATS",
    "Format",
    "Found",
    "Receipt",
    "SeveralScans",
    "axis_codes",
    "choose",
    "count_labels",
    "find",
    "read_labels",
    "read_scan",
    "refuse_target",
    "shape_in_file",
    "spacing_of",
    "thumbnail",
    "write_labels",
    "write_scan",
]
