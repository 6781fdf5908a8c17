"""kidview segment: a scan's kidneys, tumours and cysts as a label map, without a window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from kidview.cli.progress import told
from kidview.core.resources import models_dir
from kidview.core.task import Task
from kidview.io import choose, find, read_scan, refuse_target, write_labels
from kidview.segment import DEFAULT_MODEL, Proposal, Segmenter


def segment(
    path: Annotated[Path, typer.Argument(help="file, folder or zip")],
    output: Annotated[Path, typer.Option("--output", "-o", help=".nii.gz, .nii or .nrrd")],
    model: Annotated[str, typer.Option(help="name of a model")] = DEFAULT_MODEL,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, or openvino where installed")
    ] = "auto",
    series: Annotated[str, typer.Option(help="series to segment, by key or number")] = "",
    frame: Annotated[str, typer.Option(help="frame of a 4D file, from 1")] = "",
    models: Annotated[
        Path | None, typer.Option(help="folder of models, else KidView's own")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="replace an existing file")] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="print one JSON object and nothing else")
    ] = False,
) -> None:
    """Outline kidneys, tumours and cysts and write them on exactly the scan's grid."""
    segmenter = Segmenter(models or models_dir(), model, device)
    volume = read_scan(choose(find(path, Task()), series or frame), Task())
    refuse_target(output, volume.source, overwrite=force)  # before the long work, not after it
    proposal = segmenter.run(volume, told(json_output))
    labels = proposal.as_label_map(volume.geometry)
    receipt = write_labels(labels, volume.source, output, overwrite=force, task=Task())
    scan_notes = [note.text for note in volume.source.notes]
    if json_output:
        report = receipt.to_json() | {"scan_notes": scan_notes}
        typer.echo(json.dumps(report | {"network": _network(proposal, segmenter.card.version)}))
        return
    for note in [*scan_notes, *proposal.notes]:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"{proposal.summary()} ({proposal.provider}, {proposal.elapsed_s:.1f} s)")
    typer.echo(receipt.summary())


def _network(proposal: Proposal, version: str) -> dict[str, Any]:
    return {
        "model": proposal.model,
        "version": version,
        "provider": proposal.provider,
        "seconds": round(proposal.elapsed_s, 2),
        "doubt": None if proposal.doubt is None else round(proposal.doubt, 4),
        "notes": list(proposal.notes),
    }
