"""kidview demo: the made-up abdomen and its true labels as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kidview.core.errors import WriteError
from kidview.core.task import Task
from kidview.demo import make_phantom
from kidview.io import write_labels, write_scan

SCAN, LABELS = "demo_ct.nii.gz", "demo_ct_seg.nii.gz"


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="folder; made if it is not there")
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="replace existing files")] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="print one JSON object and nothing else")
    ] = False,
) -> None:
    """Write a made-up CT of an abdomen and its true label map, and read both back."""
    scan_path, labels_path = output / SCAN, output / LABELS
    _prepare(output, (scan_path, labels_path), force)
    volume, labels = make_phantom(Task())
    scan = write_scan(volume, scan_path, overwrite=force, task=Task())
    mask = write_labels(labels, volume.source, labels_path, overwrite=force, task=Task())
    if json_output:
        typer.echo(json.dumps({"scan": scan.to_json(), "labels": mask.to_json()}))
        return
    typer.echo(f"{scan.summary()}\n{mask.summary()}")
    typer.echo(f"Open them with: kidview {scan_path} {labels_path}")


def _prepare(folder: Path, targets: tuple[Path, ...], force: bool) -> None:
    """Make the folder; refuse before anything is computed.

    Raises
    ------
    WriteError
        The folder cannot be made, or holds one of the files already.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise WriteError(f"{folder} cannot be a folder ({reason})", "choose another") from error
    for path in targets:
        if path.exists() and not force:
            raise WriteError(f"{path} exists already", "choose another folder or add --force")
