"""Files <-> core types; the only room that knows file order, LPS, nibabel and pydicom."""

from kidview.io.anonymous import case_name, file_stem, public_title
from kidview.io.atomic import as_write_error, check_target, flush_folder, write_atomically
from kidview.io.beside import name_beside, sweep_beside
from kidview.io.deidentify import Disguise
from kidview.io.dicom_copy import copy_series
from kidview.io.dicom_labels import Parts, kind_of, parts_in
from kidview.io.dicom_report import Reported, write_report
from kidview.io.exports import EXPORTS, Choices, Export, export_labels, export_of, refuse_targets
from kidview.io.film import FILM_SUFFIXES, FilmShape, can_write_mp4, check_film, write_film
from kidview.io.formats import FORMATS, Format
from kidview.io.found import Found, SeveralScans, choose
from kidview.io.one_patient import OtherPatient, check_one_patient
from kidview.io.orientation import RAS, axis_codes, house_source, shape_in_file, spacing_of
from kidview.io.reading import find, patient_key, read_labels, read_scan
from kidview.io.receipt import Receipt, count_labels
from kidview.io.segments import Maker, MakerKind, Segment
from kidview.io.study_date import days_between, study_date
from kidview.io.thumbnail import thumbnail
from kidview.io.together import export_with_series, refuse_folder
from kidview.io.writing import refuse_target, write_labels, write_scan

__all__ = [
    "EXPORTS",
    "FILM_SUFFIXES",
    "FORMATS",
    "RAS",
    "Choices",
    "Disguise",
    "Export",
    "FilmShape",
    "Format",
    "Found",
    "Maker",
    "MakerKind",
    "Parts",
    "OtherPatient",
    "Receipt",
    "Reported",
    "Segment",
    "SeveralScans",
    "as_write_error",
    "axis_codes",
    "can_write_mp4",
    "case_name",
    "check_film",
    "check_one_patient",
    "check_target",
    "choose",
    "copy_series",
    "count_labels",
    "days_between",
    "export_labels",
    "export_of",
    "export_with_series",
    "file_stem",
    "find",
    "flush_folder",
    "house_source",
    "kind_of",
    "name_beside",
    "parts_in",
    "patient_key",
    "public_title",
    "read_labels",
    "read_scan",
    "refuse_folder",
    "refuse_target",
    "refuse_targets",
    "shape_in_file",
    "spacing_of",
    "study_date",
    "sweep_beside",
    "thumbnail",
    "write_atomically",
    "write_film",
    "write_labels",
    "write_report",
    "write_scan",
]
