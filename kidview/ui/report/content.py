"""What a report says: words and tables made of measures; no pictures, no layout, no Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kidview.core.errors import EmptyMask
from kidview.core.volume import Source, Volume
from kidview.io import public_title
from kidview.measure import MEASURES, CaseMeasures, Measure, Measured, Value
from kidview.ui.report.scores import SYSTEMS, Scores, parts_in_words, scores_of, sum_in_words
from kidview.ui.report.smaller import Smaller, smaller_of, split
from kidview.ui.report.wording import decimals, first_line, place_in_words, shortened

DISCLAIMER = "Research use only. Not a medical device."
TITLE_WORDS = "Kidneys and lesions in CT"
CALIPER_WORDS = "Calipers: the longest axial diameter and the one across it"
ABREAST = 3
"""Lesions beside each other on a page."""

_NONE = "\N{EN DASH}"
_UNIT = ",\N{NO-BREAK SPACE}"  # keeps a unit on the line of its name


@dataclass(frozen=True)
class Cell:
    """One place of a table.

    Parameters
    ----------
    text : str
    detail : str
        Said less loud beside it: a range, or why there is no number.
    """

    text: str
    detail: str = ""


_UNSCORED = Cell(_NONE, "told of tumours only")


@dataclass(frozen=True)
class Row:
    """A line of a table: what it is, with its unit, and a cell a column."""

    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """Things side by side: a column each.

    Parameters
    ----------
    head : tuple of Cell
        Name of each column.
    rows : tuple of Row
    """

    head: tuple[Cell, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Report:
    """All words of a report; the patient is not among them.

    Parameters
    ----------
    name : str
        Of the scan: a case's pseudonym, a file's name or a series' description.
    facts : tuple of (title, words)
    kidneys : Table
    lesions : tuple of Table
        Up to `ABREAST` lesions each; () where there is none.
    lesion_ids : tuple of tuple of str
        Which lesions each of these tables is of.
    smaller : tuple of Smaller
        Lesions without a picture; () where each has one.
    notes : tuple of str
        Sentences: what is unsure about the anatomy, and how to read the tables.
    made : str
        When and by which program.
    """

    name: str
    facts: tuple[tuple[str, str], ...]
    kidneys: Table
    lesions: tuple[Table, ...]
    lesion_ids: tuple[tuple[str, ...], ...]
    smaller: tuple[Smaller, ...]
    notes: tuple[str, ...]
    made: str


def report_of(
    measured: CaseMeasures,
    volume: Volume,
    name: str,
    labels: Sequence[tuple[str, str]],
    made: str,
    remarks: Sequence[str] = (),
) -> Report:
    """The words of a report.

    Parameters
    ----------
    measured : CaseMeasures
    volume : Volume
        The scan, for its grid.
    name : str
        What the scan is called; see `Report`. Of several lines the first counts.
    labels : sequence of (title, words)
        Where the labels come from: network, people, shares.
    made : str
        Such as "2026-11-26, KidView 0.1.0".
    remarks : sequence of str
        More sentences for the notes, without a full stop.

    Raises
    ------
    EmptyMask
        Nothing is labelled.
    """
    if not measured.kidneys and not measured.lesions:
        raise EmptyMask(
            "nothing is labelled, so there is nothing to report", "outline or segment it first"
        )
    pictured, smaller = split(measured.lesions)
    groups = [pictured[n : n + ABREAST] for n in range(0, len(pictured), ABREAST)]
    scores = scores_of(measured)
    notes = [*measured.notes, *remarks]
    if not measured.kidneys:
        notes.append("no kidney is labelled")
    if not groups:
        notes.append("no tumour and no cyst is labelled")
    notes.append("grey ranges: the number if every outline lay half a voxel further in or out")
    return Report(
        name=first_line(name),
        facts=(
            ("Scan", _grid_in_words(volume)),
            *((title, shortened(words)) for title, words in labels),
        ),
        kidneys=_kidney_table(measured.kidneys),
        lesions=tuple(_lesion_table(group, scores) for group in groups),
        lesion_ids=tuple(tuple(lesion.name for lesion in group) for group in groups),
        smaller=smaller_of(smaller),
        notes=tuple(note[:1].upper() + note[1:] + "." for note in notes),
        made=made,
    )


def scan_name(source: Source, case_id: str = "") -> str:
    """What a scan is called in a report: a case's pseudonym, else its file.

    A DICOM series goes by its description, for its folder may be called as the patient; where
    the description names the patient as well, it is "CT series".
    """
    if case_id:
        return case_id
    if source.format == "DICOM":
        return public_title(source)
    return source.path.name


def _grid_in_words(volume: Volume) -> str:
    z, y, x = volume.geometry.shape_zyx
    step_z, step_y, step_x = volume.geometry.spacing_zyx
    return f"{x} × {y} × {z} voxels of {step_x:.2f} × {step_y:.2f} × {step_z:.2f} mm"


# -- tables -----------------------------------------------------------------------


def _kidney_table(kidneys: tuple[Measured, ...]) -> Table:
    rows = [row for row in MEASURES if row.of == "kidney"] if kidneys else []
    return Table(
        tuple(Cell(kidney.name[:1].upper() + kidney.name[1:]) for kidney in kidneys),
        tuple(_line(row, kidneys) for row in rows),
    )


def _lesion_table(lesions: Sequence[Measured], scores: Mapping[str, Scores]) -> Table:
    rows = [Row("Place", tuple(Cell(place_in_words(lesion)) for lesion in lesions))]
    rows += [make(lesions) for make in _LESION_ROWS]
    if any(lesion.name in scores for lesion in lesions):
        for system in SYSTEMS:
            of = [scores[one.name][system] if one.name in scores else None for one in lesions]
            sums = (_UNSCORED if one is None else Cell(*sum_in_words(one)) for one in of)
            rows.append(Row(f"{system} score", tuple(sums)))
            parts = (Cell("") if one is None else Cell(*parts_in_words(one)) for one in of)
            rows.append(Row(f"{system} parts", tuple(parts)))
    return Table(tuple(Cell(one.name, one.facts["kind"]) for one in lesions), tuple(rows))


def _line(row: Measure, things: Sequence[Measured]) -> Row:
    title = f"{row.title}{_UNIT}{_unit(row.unit)}" if row.unit else row.title
    return Row(title, tuple(_cell(row, thing.values[row.id]) for thing in things))


def _cell(row: Measure, value: Value) -> Cell:
    if value.number is None:
        return Cell(_NONE, value.reason)
    places = decimals(value.number, row.digits)
    if value.low is None or value.high is None:
        return Cell(f"{value.number:z.{places}f}", value.reason)
    return Cell(
        f"{value.number:z.{places}f}",
        f"{value.low:z.{places}f}\N{EN DASH}{value.high:z.{places}f}",
    )


def _unit(unit: str) -> str:
    return {"cm2": "cm²", "mm2": "mm²", "cm3": "cm³"}.get(unit, unit)


def _measure(id: str) -> Measure:
    return next(row for row in MEASURES if row.of == "lesion" and row.id == id)


def _of(id: str) -> Callable[[Sequence[Measured]], Row]:
    """A row of one measure, as the table of measures calls it."""
    return lambda lesions: _line(_measure(id), lesions)


def _axial(lesions: Sequence[Measured]) -> Row:
    """Both diameters of the axial slice."""
    return Row(
        f"Axial diameters{_UNIT}mm",
        tuple(_joined(lesion, ("axial_diameter_mm", "axial_across_mm"), "×") for lesion in lesions),
    )


def _density(lesions: Sequence[Measured]) -> Row:
    """Mean and spread."""
    return Row(
        f"Mean ± SD{_UNIT}HU",
        tuple(_joined(lesion, ("mean_hu", "sd_hu"), "±") for lesion in lesions),
    )


def _joined(lesion: Measured, ids: tuple[str, str], sign: str) -> Cell:
    cells = [_cell(_measure(id), lesion.values[id]) for id in ids]
    numbers = [lesion.values[id].number for id in ids]
    if numbers[0] is None:
        return cells[0]
    reason = lesion.values[ids[1]].reason if numbers[1] is None else ""
    return Cell(f"{cells[0].text} {sign} {cells[1].text}", reason)


_LESION_ROWS: tuple[Callable[[Sequence[Measured]], Row], ...] = (
    _of("volume_ml"),
    _axial,
    _of("diameter_3d_mm"),
    _density,
    _of("exophytic_percent"),
    _of("contact_cm2"),
    _of("sinus_distance_mm"),
    _of("c_index"),
)
