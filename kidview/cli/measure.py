"""kidview measure: numbers of kidneys and lesions, for a reader, as JSON or as CSV."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from kidview.cases import read_answers
from kidview.cli.options import Json
from kidview.cli.printed import put
from kidview.cli.progress import told
from kidview.core.answers import Answered
from kidview.core.errors import KidViewError
from kidview.core.task import Task
from kidview.core.volume import Source
from kidview.io import FORMATS, case_name, choose, file_stem, find, read_labels, read_scan
from kidview.measure import MEASURES, CaseMeasures, Measure, Measured, measure_case
from kidview.measure.written import csv_head, csv_lines, csv_of

_LABEL_ENDS = ("_seg", "_labels", "_label", "_mask")
_MOST_NAMES = 3


def measure(
    path: Annotated[Path, typer.Argument(metavar="IN", help="scan; or a folder of scans")],
    labels: Annotated[
        Path, typer.Argument(metavar="LABELS", help="its label map; or a folder of label maps")
    ],
    json_output: Json = False,
    csv_output: Annotated[
        bool, typer.Option("--csv", help="print one line of CSV for each kidney and lesion")
    ] = False,
    series: Annotated[str, typer.Option(help="series to measure on, by key or number")] = "",
    frame: Annotated[str, typer.Option(help="frame of a 4D file, from 1")] = "",
    name: Annotated[
        str, typer.Option(help="what CSV and JSON call the scan, else the file's name")
    ] = "",
    answers: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="what a reader says where labels cannot tell"),
    ] = None,
) -> None:
    """Tell volumes, diameters, HU and distances of the kidneys and lesions of a label map.

    With two folders every label map is measured on the scan of the same name. A DICOM series goes
    by its description, for its folder may be called as the patient.
    """
    if json_output and csv_output:
        raise KidViewError("--json and --csv are both asked for", "choose one of them")
    if labels.is_dir() and answers is not None:
        raise KidViewError("answers are for one scan, not for folders", "measure its files alone")
    if labels.is_dir() and name:
        raise KidViewError("a name is for one scan, not for folders", "measure its files alone")
    if labels.is_dir():
        _measure_folders(path, labels, json_output, csv_output)
        return
    task = told(json_output)
    given = () if answers is None else read_answers(answers)
    done = _measured(path, labels, series or frame, task, given)
    task.report(1.0)
    called = name or case_name(done.source)
    if json_output:
        put(json.dumps(_head(done.source, name, labels) | done.measures.to_dict()) + "\n")
    elif csv_output:
        _echo_notes("", done.measures)
        put(csv_of(called, done.measures))
    else:
        put(_in_words(done.measures) + "\n")


@dataclass(frozen=True)
class _Done:
    source: Source
    measures: CaseMeasures


def _measured(
    scan: Path, labels: Path, key: str, task: Task, answers: tuple[Answered, ...] = ()
) -> _Done:
    volume = read_scan(choose(find(scan, Task()), key), task.part(0.0, 0.5))
    label_map = read_labels(labels, volume.geometry, volume.source, task.part(0.5, 0.7))
    grid, part = volume.geometry, task.part(0.7, 1.0)
    measures = measure_case(volume.hu, label_map.array, grid, part, answers)
    return _Done(volume.source, measures)


def _head(source: Source, name: str, labels: Path) -> dict[str, str | None]:
    """What scan and labels are called; a DICOM series' files may be called as the patient."""
    if source.format == "DICOM":
        return {"scan": name or case_name(source), "labels": None}
    return {"scan": name or source.path.name, "labels": labels.name}


# -- folders ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Pair:
    name: str
    scan: Path
    labels: Path


def _measure_folders(scans: Path, labels: Path, json_output: bool, csv_output: bool) -> None:
    """Every pair of one name; a case that fails is told and does not stop the others.

    Lines of a table come as their cases are done: who stops it keeps them.
    """
    task = told(json_output)
    cases: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    taken: set[str] = set()
    pairs = _pairs(scans, labels)
    if csv_output:
        put(csv_head())
    for n, pair in enumerate(pairs):
        part = task.part(n / len(pairs), (n + 1) / len(pairs))
        try:
            done = _measured(pair.scan, pair.labels, "", part)
        except KidViewError as error:
            failed.append(_failed(pair, n + 1, error))
            typer.echo(f"error: {pair.name}: {error.what} - {error.hint}", err=True)
            continue
        called = _untaken(case_name(done.source), taken)
        if called != pair.name:
            typer.echo(f"note: {pair.name} is called {called} here", err=True)
        if json_output:
            cases.append({"case": called} | done.measures.to_dict())
        elif csv_output:
            _echo_notes(f"{pair.name}: ", done.measures)
            put(csv_lines(called, done.measures))
        else:
            put(f"{'' if len(taken) == 1 else chr(10)}== {called}\n{_in_words(done.measures)}\n")
    task.report(1.0)
    if json_output:
        put(json.dumps({"cases": cases, "failed": failed}) + "\n")
    if failed:
        raise typer.Exit(1)


def _untaken(name: str, taken: set[str]) -> str:
    """The name, with a number where another case has it; remembered as taken."""
    called, number = name, 1
    while called in taken:
        number += 1
        called = f"{name} {number}"
    taken.add(called)
    return called


def _failed(pair: _Pair, number: int, error: KidViewError) -> dict[str, str]:
    """For JSON; a folder or archive may be called as the patient its series is of."""
    called, what, hint = pair.name, error.what, error.hint
    if pair.scan.is_dir() or pair.scan.suffix.lower() == ".zip":
        called = f"case {number}"
        for name in (str(pair.scan), str(pair.labels), pair.scan.name, pair.labels.name, pair.name):
            what, hint = what.replace(name, called), hint.replace(name, called)
    return {"case": called, "error": what, "hint": hint}


def _pairs(scans: Path, labels: Path) -> list[_Pair]:
    """Scans and label maps that bear one name.

    Raises
    ------
    KidViewError
        The scans are no folder, or nothing matches.
    """
    if not scans.is_dir():
        raise KidViewError(
            f"{labels.name} is a folder of label maps, {scans.name} is no folder",
            "name two files or two folders",
        )
    files = [one for one in sorted(scans.iterdir()) if _may_be(one)]
    maps = [one for one in sorted(labels.iterdir()) if one.is_file() and _may_be(one)]
    if scans.resolve() == labels.resolve():  # told apart by what a label map's name ends with
        maps = [one for one in maps if file_stem(one) != _map_stem(one)]
        files = [one for one in files if one not in maps]
    images = {file_stem(one): one for one in files}
    masks = {_map_stem(one): one for one in maps}
    both = sorted(images.keys() & masks.keys())
    if not both and scans.resolve() == labels.resolve():
        raise KidViewError(
            f"both folders are {scans.resolve().name}, where no name tells a label map from a scan",
            "name two folders, or call the label map of case1.nii.gz case1_seg.nii.gz",
        )
    if not both:
        raise KidViewError(
            "no label map has the name of a scan", "call the label map of case1.nii.gz the same"
        )
    _echo_alone(sorted(images.keys() - masks.keys()), "label map")
    _echo_alone(sorted(masks.keys() - images.keys()), "scan")
    return [_Pair(name, images[name], masks[name]) for name in both]


def _echo_alone(names: list[str], lacks: str) -> None:
    """One note for all of them."""
    if not names:
        return
    shown, more = ", ".join(names[:_MOST_NAMES]), len(names) - _MOST_NAMES
    shown += f" and {more} more" if more > 0 else ""
    have, their = ("has", "its") if len(names) == 1 else ("have", "their")
    typer.echo(f"note: {shown} {have} no {lacks} of {their} name", err=True)


def _may_be(path: Path) -> bool:
    """Whether a path may be a scan: a folder of slices or a file of a known kind."""
    ends = tuple(end for row in FORMATS for end in row.suffixes)
    return path.is_dir() or path.name.lower().endswith(ends)


def _map_stem(path: Path) -> str:
    """What the scan of a label map is called by its name."""
    name = file_stem(path)
    for end in _LABEL_ENDS:
        name = name.removesuffix(end)
    return name


# -- words ------------------------------------------------------------------------


def _echo_notes(before: str, measured: CaseMeasures) -> None:
    notes = [*measured.notes, *([] if measured.lesions else ["no lesion is labelled"])]
    for note in notes:
        typer.echo(f"note: {before}{note}", err=True)


def _in_words(measured: CaseMeasures) -> str:
    lines = [f"note: {note}" for note in measured.notes]
    for kidney in measured.kidneys:
        lines += ["", kidney.name.capitalize(), *_value_lines("kidney", kidney)]
    for lesion in measured.lesions:
        facts = lesion.facts
        where = f"{facts['kidney']}, {facts['pole']} third" if facts["kidney"] else "no kidney near"
        lines += ["", f"{lesion.name}: {facts['kind']}, {where}", *_value_lines("lesion", lesion)]
    return "\n".join(lines).strip("\n")


def _value_lines(of: str, measured: Measured) -> list[str]:
    lines = []
    for row in _rows(of):
        value = measured.values[row.id]
        if value.number is None:
            if not row.is_for(measured.facts):
                continue
            lines.append(f"  {row.title:26} {'-':>9}       {value.reason}")
            continue
        line = f"  {row.title:26} {value.number:z9.{row.digits}f} {row.unit:4}"
        if value.low is not None and value.high is not None:
            line += f"  {value.low:.{row.digits}f} .. {value.high:.{row.digits}f}"
        lines.append(line.rstrip())
    return lines


def _rows(of: str) -> list[Measure]:
    return [row for row in MEASURES if row.of == of]
