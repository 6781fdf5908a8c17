"""kidview convert: any readable scan to NIfTI or NRRD."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kidview.core.task import Task
from kidview.io import choose, find, read_scan, write_scan


def convert(
    path: Annotated[Path, typer.Argument(help="file, folder or zip")],
    output: Annotated[Path, typer.Option("--output", "-o", help=".nii.gz, .nii or .nrrd")],
    series: Annotated[str, typer.Option(help="series to convert, by key or number")] = "",
    frame: Annotated[str, typer.Option(help="frame of a 4D file, from 1")] = "",
    force: Annotated[bool, typer.Option("--force", help="replace an existing file")] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="print one JSON object and nothing else")
    ] = False,
) -> None:
    """Write a scan as NIfTI or NRRD with its voxels and geometry kept, and read it back."""
    volume = read_scan(choose(find(path, Task()), series or frame), Task())
    receipt = write_scan(volume, output, overwrite=force, task=Task())
    if json_output:
        report = receipt.to_json()
        report["scan_notes"] = [note.text for note in volume.source.notes]
        typer.echo(json.dumps(report))
        return
    for note in volume.source.notes:
        typer.echo(f"{note.level.value}: {note.text}", err=True)
    typer.echo(receipt.summary())
