"""kidview measure: numbers of kidneys and lesions, for a reader, as JSON or as CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from kidview.cases import read_answers
from kidview.cli.options import Json
from kidview.cli.progress import told
from kidview.core.answers import Answered
from kidview.core.errors import KidViewError
from kidview.core.task import Task
from kidview.io import FORMATS, choose, find, read_labels, read_scan
from kidview.measure import MEASURES, CaseMeasures, Measure, Measured, Value, measure_case

_SCAN_ENDS = ("_0000",)  # nnU-Net's channel number
_LABEL_ENDS = ("_seg", "_labels", "_label", "_mask")
_FACTS = ("kind", "side", "kidney", "pole")


def measure(
    path: Annotated[Path, typer.Argument(metavar="IN", help="scan; or a folder of scans")],
    labels: Annotated[
        Path, typer.Argument(metavar="LABELS", help="its label map; or a folder of label maps")
    ],
    json_output: Json = False,
    csv_output: Annotated[
        bool, typer.Option("--csv", help="print one line of CSV for each lesion")
    ] = False,
    series: Annotated[str, typer.Option(help="series to measure on, by key or number")] = "",
    frame: Annotated[str, typer.Option(help="frame of a 4D file, from 1")] = "",
    answers: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="what a reader says where labels cannot tell"),
    ] = None,
) -> None:
    """Tell volumes, diameters, HU and distances of the kidneys and lesions of a label map.

    With two folders every label map is measured on the scan of the same name.
    """
    if json_output and csv_output:
        raise KidViewError("--json and --csv are both asked for", "choose one of them")
    if labels.is_dir() and answers is not None:
        raise KidViewError("answers are for one scan, not for folders", "measure its files alone")
    if labels.is_dir():
        _measure_folders(path, labels, json_output, csv_output)
        return
    task = told(json_output)
    given = () if answers is None else read_answers(answers)
    measured = _measured(path, labels, series or frame, task, given)
    task.report(1.0)
    if json_output:
        typer.echo(json.dumps({"scan": path.name, "labels": labels.name} | measured.to_dict()))
    elif csv_output:
        _echo_notes("", measured)
        typer.echo(_csv([(_stem(path, _SCAN_ENDS), measured)]), nl=False)
    else:
        typer.echo(_in_words(measured))


def _measured(
    scan: Path, labels: Path, key: str, task: Task, answers: tuple[Answered, ...] = ()
) -> CaseMeasures:
    volume = read_scan(choose(find(scan, Task()), key), task.part(0.0, 0.5))
    label_map = read_labels(labels, volume.geometry, volume.source, task.part(0.5, 0.7))
    grid, part = volume.geometry, task.part(0.7, 1.0)
    return measure_case(volume.hu, label_map.array, grid, part, answers)


@dataclass(frozen=True)
class _Pair:
    name: str
    scan: Path
    labels: Path


def _measure_folders(scans: Path, labels: Path, json_output: bool, csv_output: bool) -> None:
    """Every pair of one name; a case that fails is told and does not stop the others."""
    task = told(json_output)
    done: list[tuple[str, CaseMeasures]] = []
    failed: list[dict[str, str]] = []
    pairs = _pairs(scans, labels)
    for n, pair in enumerate(pairs):
        part = task.part(n / len(pairs), (n + 1) / len(pairs))
        try:
            done.append((pair.name, _measured(pair.scan, pair.labels, "", part)))
        except KidViewError as error:
            failed.append({"case": pair.name, "error": error.what, "hint": error.hint})
            typer.echo(f"error: {pair.name}: {error.what} - {error.hint}", err=True)
    task.report(1.0)
    if json_output:
        cases = [{"case": name} | measured.to_dict() for name, measured in done]
        typer.echo(json.dumps({"cases": cases, "failed": failed}))
    elif csv_output:
        for name, measured in done:
            _echo_notes(f"{name}: ", measured)
        typer.echo(_csv(done), nl=False)
    else:
        typer.echo("\n\n".join(f"== {name}\n{_in_words(measured)}" for name, measured in done))
    if failed:
        raise typer.Exit(1)


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
        maps = [one for one in maps if _stem(one, ()) != _stem(one, _LABEL_ENDS)]
        files = [one for one in files if one not in maps]
    images = {_stem(one, _SCAN_ENDS): one for one in files}
    masks = {_stem(one, _LABEL_ENDS): one for one in maps}
    both = sorted(images.keys() & masks.keys())
    for name in sorted(images.keys() ^ masks.keys()):
        lacks = "label map" if name in images else "scan"
        typer.echo(f"note: {name} has no {lacks} of its name", err=True)
    if not both:
        raise KidViewError(
            "no label map has the name of a scan", "call the label map of case1.nii.gz the same"
        )
    return [_Pair(name, images[name], masks[name]) for name in both]


def _may_be(path: Path) -> bool:
    """Whether a path may be a scan: a folder of slices or a file of a known kind."""
    return path.is_dir() or any(path.name.lower().endswith(end) for end in _suffixes())


def _suffixes() -> list[str]:
    return sorted((end for row in FORMATS for end in row.suffixes), key=len, reverse=True)


def _stem(path: Path, ends: tuple[str, ...]) -> str:
    """A file's name without what only tells its format or its part."""
    name = path.name
    for end in [*_suffixes(), ".zip"]:
        if path.is_file() and name.lower().endswith(end):
            name = name[: -len(end)]
            break
    for end in ends:
        name = name.removesuffix(end)
    return name


def _csv(cases: list[tuple[str, CaseMeasures]]) -> str:
    """A head and a line for each lesion; an empty field where there is no number."""
    rows = _rows("lesion")
    columns = [key for row in rows for key in _columns(row)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["case", "lesion", *_FACTS, *columns])
    for name, measured in cases:
        for lesion in measured.lesions:
            numbers = [n for row in rows for n in _numbers(row, lesion.values[row.id])]
            writer.writerow([name, lesion.name, *(lesion.facts[k] for k in _FACTS), *numbers])
    return out.getvalue()


def _columns(row: Measure) -> list[str]:
    return [row.id, f"{row.id}_low", f"{row.id}_high"] if row.has_range else [row.id]


def _numbers(row: Measure, value: Value) -> list[Any]:
    rounded = row.rounded(value)
    keys = ("value", "low", "high") if row.has_range else ("value",)
    return ["" if (number := rounded.get(key)) is None else number for key in keys]


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
