"""kidview follow: what became of the lesions between two scans of one patient."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from kidview.cli.options import Json
from kidview.cli.progress import told
from kidview.core.errors import KidViewError
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.follow import CUT, FollowUp, Growth, Span, check_days, follow_up
from kidview.io import (
    check_one_patient,
    choose,
    days_between,
    find,
    public_title,
    read_labels,
    read_scan,
)
from kidview.measure import Case, Value, find_anatomy

_SPANS = {
    "volume_ml": "Volume, mL",
    "axial_diameter_mm": "Largest axial diameter, mm",
    "diameter_3d_mm": "Largest diameter in 3D, mm",
}


def follow(
    scan1: Annotated[Path, typer.Argument(metavar="SCAN1", help="the earlier scan")],
    labels1: Annotated[Path, typer.Argument(metavar="LABELS1", help="its label map")],
    scan2: Annotated[Path, typer.Argument(metavar="SCAN2", help="the later scan")],
    labels2: Annotated[Path, typer.Argument(metavar="LABELS2", help="its label map")],
    days: Annotated[
        float | None,
        typer.Option(help="days between them, 1 to 36500; else by the dates of DICOM files"),
    ] = None,
    json_output: Json = False,
    csv_output: Annotated[
        bool, typer.Option("--csv", help="print one line of CSV for each lesion")
    ] = False,
    series1: Annotated[str, typer.Option(help="series of SCAN1, by key or number")] = "",
    series2: Annotated[str, typer.Option(help="series of SCAN2, by key or number")] = "",
) -> None:
    """Lay the kidneys of two scans over each other and tell how each lesion changed.

    The earlier scan comes first.
    """
    if json_output and csv_output:
        raise KidViewError("--json and --csv are both asked for", "choose one of them")
    if days is not None:
        check_days(days)
    task = told(json_output)
    first, then = _case(scan1, labels1, series1, task.part(0.0, 0.25))
    second, now = _case(scan2, labels2, series2, task.part(0.25, 0.5))
    remark = check_one_patient(first.source, second.source)
    remarks = (remark,) if remark else ()
    apart = _days(days, first, second)
    found = follow_up(then, now, apart, task.part(0.5, 1.0), remarks=remarks)
    task.report(1.0)
    if json_output:
        names = {"then": _called(scan1, first), "now": _called(scan2, second)}
        typer.echo(json.dumps(names | found.to_dict(), allow_nan=False))
        return
    for note in _notes(found):
        typer.echo(f"note: {note}", err=True)
    typer.echo(_csv(found) if csv_output else _in_words(found), nl=not csv_output)


def _called(scan: Path, volume: Volume) -> str:
    """Name of its file; of a DICOM series its description, for a folder may name a patient."""
    return public_title(volume.source) if volume.source.format == "DICOM" else scan.name


def _case(scan: Path, labels: Path, key: str, task: Task) -> tuple[Volume, Case]:
    volume = read_scan(choose(find(scan, Task()), key), task.part(0.0, 0.6))
    label_map = read_labels(labels, volume.geometry, volume.source, task.part(0.6, 1.0))
    anatomy = find_anatomy(label_map.array, volume.geometry, volume.hu)
    return volume, Case(anatomy, volume.geometry, volume.hu)


def _days(asked: float | None, first: Volume, second: Volume) -> float | None:
    """Days between the scans: what was asked, else what their files say.

    Raises
    ------
    KidViewError
        The second is the earlier one.
    """
    days = days_between(first.source, second.source) if asked is None else asked
    if days is not None and days < 0:
        raise KidViewError(
            f"the second scan is {-days:g} days older than the first",
            "name the earlier scan and its labels first",
        )
    return days


def _notes(found: FollowUp) -> list[str]:
    unknown = "the days between the scans are not known; tell them with --days"
    return [*found.notes, *([unknown] if found.days is None else [])]


def _in_words(found: FollowUp) -> str:
    lines = [] if found.days is None else [f"{found.days:g} days between the scans"]
    for one in found.over.kidneys:
        rigid = one.rigid
        if rigid.dice is not None and rigid.surface_mm is not None:
            lines.append(
                f"{one.now.name.capitalize()} laid over itself: "
                f"Dice {rigid.dice:.2f}, surfaces {rigid.surface_mm:.1f} mm apart"
            )
    for growth in found.growths:
        lines += ["", *_lesion_lines(growth)]
    return "\n".join(lines)


def _lesion_lines(growth: Growth) -> list[str]:
    pair = growth.match
    was = " + ".join(one.id for one in pair.then) or "-"
    lesion = (pair.now or pair.then)[0]
    side = "" if lesion.side == "unsure" else f" {lesion.side}"
    cut = f", {CUT}" if growth.is_cut else ""
    lines = [f"{pair.name} ({lesion.kind}{side}): {pair.fate}, then {was}{cut}"]
    for title, span in zip(_SPANS.values(), _spans(growth), strict=True):
        lines.append(f"  {title:30} {_number(span.then)} -> {_number(span.now)}  {_change(span)}")
    doubling = growth.doubling_days
    words = doubling.reason if doubling.number is None else _doubled(doubling)
    lines.append(f"  {'Volume doubles in, days':30} {words}")
    return lines + [f"  {remark}" for remark in growth.remarks]


def _number(value: Value) -> str:
    return f"{'-':>7}" if value.number is None else f"{value.number:7.1f}"


def _change(span: Span) -> str:
    change, percent, yearly = span.change, span.percent, span.a_year
    if change.number is None or change.low is None or change.high is None:
        return change.reason
    words = f"{change.number:+.1f} ({change.low:+.1f} .. {change.high:+.1f})"
    if percent.number is not None:
        words += f", {percent.number:+.0f} %"
    return words if yearly.number is None else f"{words}, {yearly.number:+.1f} a year"


def _doubled(value: Value) -> str:
    high = "or more" if value.high is None else f".. {value.high:.0f}"
    return f"{value.number:.0f} ({value.low:.0f} {high})"


def _spans(growth: Growth) -> tuple[Span, Span, Span]:
    return growth.volume_ml, growth.axial_mm, growth.longest_mm


def _csv(found: FollowUp) -> str:
    """A head and a line for each lesion; an empty field where there is no number."""
    parts = ("then", "now", "change", "change_low", "change_high", "percent", "a_year")
    columns = [f"{name}_{part}" for name in _SPANS for part in parts]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["lesion", "then", "fate", "kind_then", "kind_now", "side", "days", *columns]
        + ["doubling_days", "doubling_days_low", "doubling_days_high", "remarks"]
    )
    for growth in found.growths:
        pair, doubling = growth.match, growth.doubling_days
        numbers = [number for span in _spans(growth) for number in _fields(span)]
        numbers += [doubling.number, doubling.low, doubling.high]
        writer.writerow(
            [pair.name, " + ".join(one.id for one in pair.then), pair.fate, *pair.kinds]
            + [(pair.now or pair.then)[0].side, _field(found.days)]
            + [_field(number) for number in numbers]
            + ["; ".join(growth.remarks)]
        )
    return out.getvalue()


def _fields(span: Span) -> list[float | None]:
    change = span.change
    values = (span.then, span.now, change)
    whole = [span.percent.number, span.a_year.number]
    return [*(value.number for value in values), change.low, change.high, *whole]


def _field(number: float | None) -> Any:
    return "" if number is None else round(float(number), 3)
