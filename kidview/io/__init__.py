"""Files <-> core types; the only room that knows file order, LPS, nibabel and pydicom."""

from kidview.io.atomic import as_write_error, flush_folder, write_atomically
from kidview.io.beside import name_beside, sweep_beside
from kidview.io.formats import FORMATS, Format
from kidview.io.found import Found, SeveralScans, choose
from kidview.io.orientation import RAS, axis_codes, house_source, shape_in_file, spacing_of
from kidview.io.reading import find, patient_key, read_labels, read_scan
from kidview.io.receipt import Receipt, count_labels
from kidview.io.thumbnail import thumbnail
from kidview.io.writing import refuse_target, write_labels, write_scan

__all__ = [
    "FORMATS",
    "RAS",
    "Format",
    "Found",
    "Receipt",
    "SeveralScans",
    "as_write_error",
    "axis_codes",
    "choose",
    "count_labels",
    "find",
    "flush_folder",
    "house_source",
    "name_beside",
    "patient_key",
    "read_labels",
    "read_scan",
    "refuse_target",
    "shape_in_file",
    "spacing_of",
    "sweep_beside",
    "thumbnail",
    "write_atomically",
    "write_labels",
    "write_scan",
]
