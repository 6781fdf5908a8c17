"""kidview info: what is at a path, in words or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from kidview.core.labels import LABEL_NAMES
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.io import (
    Found,
    axis_codes,
    choose,
    count_labels,
    find,
    parts_in,
    read_scan,
    shape_in_file,
    spacing_of,
)

_FEW = 256  # an integer file with values 0..255 and no more is taken for a label map


def info(
    path: Annotated[Path, typer.Argument(help="file, folder or zip")],
    json_output: Annotated[
        bool, typer.Option("--json", help="print one JSON object and nothing else")
    ] = False,
    series: Annotated[str, typer.Option(help="series to read, by key or number")] = "",
    frame: Annotated[str, typer.Option(help="frame of a 4D file, from 1")] = "",
    labels: Annotated[
        bool | None,
        typer.Option("--labels/--no-labels", help="table of values; default: where it fits"),
    ] = None,
) -> None:
    """Tell a scan's grid, values and oddities; for label maps the volume of each value."""
    report = describe(path, series or frame, labels)
    typer.echo(json.dumps(report) if json_output else _in_words(report))


def describe(path: Path, key: str = "", labels: bool | None = None) -> dict[str, Any]:
    """What `info` tells, as values JSON knows.

    Parameters
    ----------
    path : Path
    key : str
        Which scan to read where there are several; "" reads none of them.
    labels : bool, optional
        Whether to count the values; None decides by what the file holds.
    """
    parts = parts_in(path)
    if parts is not None:
        return {
            "path": str(path),
            "kind": parts.kind,
            "made_on_series": list(parts.series_uids),
        } | {
            "parts": [
                {"name": name, "label": LABEL_NAMES.get(label or 0, "") if label else ""}
                for name, label in parts.labels.items()
            ]
        }
    found = find(path, Task())
    scans = [one for one in found if one.kind == "scan"]
    report: dict[str, Any] = {"path": str(path), "series": [_row(one) for one in found]}
    if key or len(scans) == 1:
        volume = read_scan(choose(found, key), Task())
        report |= _grid(volume) | _values(volume, labels)
    return report


def _row(found: Found) -> dict[str, Any]:
    return {
        "key": found.key,
        "format": found.format,
        "title": found.title,
        "detail": found.detail,
        "slices": found.slices,
        "kind": found.kind,
        "reason": found.reason,
        "notes": [note.text for note in found.notes],
    }


def _grid(volume: Volume) -> dict[str, Any]:
    source, geometry = volume.source, volume.geometry
    shape = source.header.get("shape_ijk") or shape_in_file(geometry.shape_zyx, source.order)
    return {
        "format": source.format,
        "title": source.title,
        "shape": [int(n) for n in shape],
        "spacing_mm": [round(mm, 6) for mm in spacing_of(source.file_affine)],
        "axis_codes": axis_codes(source.file_affine),
        "affine": [[round(float(v), 6) for v in row] for row in source.file_affine],
        "shape_zyx": list(geometry.shape_zyx),
        "spacing_zyx_mm": [round(mm, 6) for mm in geometry.spacing_zyx],
        "notes": [{"level": note.level.value, "text": note.text} for note in source.notes],
    }


def _values(volume: Volume, labels: bool | None) -> dict[str, Any]:
    low, high = int(volume.hu.min()), int(volume.hu.max())
    values: dict[str, Any] = {"hu_min": low, "hu_max": high}
    if labels is None:
        labels = volume.source.header.get("is_integer", False) and low >= 0 and high < _FEW
    if labels and low >= 0:
        voxel_ml = volume.geometry.voxel_ml
        values["labels"] = [
            {
                "value": n,
                "name": LABEL_NAMES.get(n, ""),
                "voxels": count,
                "ml": round(count * voxel_ml, 3),
            }
            for n, count in count_labels(volume.hu).items()
        ]
    return values


def _in_words(report: dict[str, Any]) -> str:
    lines = [report["path"]]
    if "parts" in report:
        return "\n".join(lines + _part_lines(report))
    if "shape" in report:
        lines += _grid_lines(report)
    if "shape" not in report or len(report["series"]) > 1:
        lines += _series_lines(report["series"])
    return "\n".join(lines)


def _part_lines(report: dict[str, Any]) -> list[str]:
    lines = [f"  format     DICOM {report['kind']}: labels of a series, no scan"]
    lines += [f"  series     {uid}" for uid in report["made_on_series"]]
    for n, row in enumerate(report["parts"], 1):
        lines.append(f"  part {n:<5} {row['name']}: {row['label'] or 'not known, see --as'}")
    name = report["path"]
    return [
        *lines,
        f"  to see it  kidview open SERIES {name}",
        f"  to use it  kidview export SERIES {name} OUT.nii.gz",
    ]


def _grid_lines(report: dict[str, Any]) -> list[str]:
    by = " x "
    lines = [
        f"  format     {report['format']}",
        f"  title      {report['title']}",
        f"  shape      {by.join(map(str, report['shape']))}",
        f"  spacing    {by.join(f'{mm:.4g}' for mm in report['spacing_mm'])} mm",
        f"  axes       {report['axis_codes']}",
        f"  values     {report['hu_min']} .. {report['hu_max']}",
    ]
    for n, row in enumerate(np.array(report["affine"])[:3]):
        name = "affine" if n == 0 else ""
        lines.append(f"  {name:10} {' '.join(f'{value:10.4f}' for value in row)}")
    lines += [f"  {note['level']:10} {note['text']}" for note in report["notes"]]
    if "labels" in report:
        lines.append(f"  {'value':>6} {'label':12} {'voxels':>12} {'mL':>10}")
        lines += [
            f"  {row['value']:>6} {row['name']:12} {row['voxels']:>12} {row['ml']:>10.2f}"
            for row in report["labels"]
        ]
    return lines


def _series_lines(series: list[dict[str, Any]]) -> list[str]:
    lines = []
    for n, row in enumerate(series, 1):
        lines.append(f"  {n:3} {row['title']}: {row['detail'] or row['reason']}")
        if row["key"]:
            lines.append(f"      key {row['key']}")
        if row["detail"] and row["reason"]:
            lines.append(f"      cannot be opened: {row['reason']}")
        lines += [f"      {note}" for note in row["notes"]]
    return lines
