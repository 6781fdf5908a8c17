"""kidview cases: the store of corrected scans, and sets of them in the layouts of the field."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from kidview.cases import (
    LAYOUTS,
    CaseRow,
    CaseStore,
    Exported,
    Imported,
    Status,
    by_falling_doubt,
    export_set,
    import_set,
    user_store,
)
from kidview.cli.options import Json, Store
from kidview.cli.progress import told
from kidview.cli.readings import readings
from kidview.core.errors import CaseError
from kidview.core.task import Task
from kidview.io import choose, find, read_labels, read_scan

_LAYOUTS = ", ".join(row.name for row in LAYOUTS)

cases = typer.Typer(
    help="Keep corrected scans; bring sets of them in and out.",
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
cases.add_typer(readings)


@cases.command("list")
def list_(
    store: Store = None,
    by_doubt: Annotated[
        bool, typer.Option("--by-doubt", help="first those of which the network was least sure")
    ] = False,
    json_output: Json = False,
) -> None:
    """List the cases of a store."""
    folder = store or user_store()
    rows = CaseStore(folder).rows()
    if by_doubt:
        rows = by_falling_doubt(rows)
    if json_output:
        typer.echo(json.dumps({"store": str(folder), "cases": [_as_json(row) for row in rows]}))
        return
    if not rows:
        typer.echo(f"no cases in {folder}")
    for row in rows:
        typer.echo(_as_line(row))


@cases.command()
def add(
    path: Annotated[Path, typer.Argument(metavar="SCAN", help="file, folder or zip")],
    labels: Annotated[
        Path | None, typer.Option(help="a mask that a person made of the scan")
    ] = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="who made the mask")] = "",
    patient: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="what tells the patient where the file does not, the same for all scans of one; "
            "it is not kept",
        ),
    ] = "",
    series: Annotated[str, typer.Option(help="series to add, by key or number")] = "",
    frame: Annotated[str, typer.Option(help="frame of a 4D file, from 1")] = "",
    refer: Annotated[
        bool, typer.Option("--refer", help="leave the scan where it lies, instead of copying it")
    ] = False,
    store: Store = None,
    json_output: Json = False,
) -> None:
    """Make a case of a scan, and of a mask of it."""
    if (labels is None) != (not by.strip()):
        raise typer.BadParameter("--labels and --by go together")
    folder = store or user_store()
    volume = read_scan(choose(find(path, Task()), series or frame), Task())
    mask = None if labels is None else read_labels(labels, volume.geometry, volume.source)
    case = CaseStore(folder).add(
        volume, refer=refer, patient=patient, labels=mask, by=by, task=told(json_output)
    )
    notes = [note.text for note in volume.source.notes]
    if json_output:
        report = {"case_id": case.case_id, "patient": case.patient, "status": case.status.value}
        typer.echo(json.dumps(report | {"store": str(folder), "scan_notes": notes}))
        return
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"case {case.case_id} ({case.status}) in {folder}")


@cases.command()
def segment(
    model: Annotated[str, typer.Option(help="name of a model, else the one in use")] = "",
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, or openvino where installed")
    ] = "auto",
    store: Store = None,
    json_output: Json = False,
) -> None:
    """Outline all new cases; can be stopped and started again."""
    from kidview.learning import segment_new, user_registry  # the other commands need no network
    from kidview.segment import Segmenter

    models = user_registry()
    entry = models.find(model) if model else models.in_use()
    segmenter = Segmenter(entry.folder, entry.name, device)
    kept = CaseStore(store or user_store())
    batch = segment_new(kept, segmenter.run, segmenter.card, told(json_output))
    lacks = {}
    if batch.failed:
        hint = "look at them in the list; run it again for those that are mended"
        lacks = {"error": f"{_count(len(batch.failed))} could not be segmented", "hint": hint}
    if json_output:
        report = {"model": entry.name, "segmented": list(batch.done), "failed": batch.failed}
        typer.echo(json.dumps(report | lacks))
    else:
        for case_id, error in batch.failed.items():
            typer.echo(f"note: {case_id}: {error}", err=True)
        typer.echo(f"{batch.in_words()} by {entry.name}")
    if lacks:
        print(f"error: {lacks['error']} - {lacks['hint']}", file=sys.stderr)
        raise typer.Exit(1)


@cases.command()
def export(
    target: Annotated[Path, typer.Argument(help="folder or .zip that is made")],
    layout: Annotated[str, typer.Option(help=_LAYOUTS)],
    status: Annotated[
        str, typer.Option(help="cases of which statuses, such as approved,corrected")
    ] = Status.APPROVED.value,
    store: Store = None,
    json_output: Json = False,
) -> None:
    """Write the approved cases as a set that others can read."""
    kept = CaseStore(store or user_store())
    done = export_set(kept, target, layout, statuses=_statuses(status), task=told(json_output))
    if json_output:
        typer.echo(json.dumps(_exported(done)))
        return
    for case_id, error in done.unusable.items():
        typer.echo(f"note: case {case_id} is not in the set: {error}", err=True)
    typer.echo(f"{_count(len(done.names))} as {done.layout} in {done.target}")


@cases.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="a set: KiTS23, nnU-Net raw, bundle of KidView")],
    by: Annotated[
        str, typer.Option(metavar="NAME", help="who made the masks; a bundle tells it itself")
    ] = "",
    patient: Annotated[
        str,
        typer.Option(
            metavar="PATTERN",
            help="regular expression for the part of a case's name that tells the patient, "
            "such as [^_]+; without it each case is a patient",
        ),
    ] = "",
    store: Store = None,
    json_output: Json = False,
) -> None:
    """Add the cases of a set to a store."""
    kept = CaseStore(store or user_store())
    done = import_set(kept, source, by=by, patient=patient, task=told(json_output))
    lacks = _lacks(done)
    if json_output:
        typer.echo(json.dumps(_imported(done) | lacks))
    else:
        _tell_import(done, kept.folder)
    if lacks:
        print(f"error: {lacks['error']} - {lacks['hint']}", file=sys.stderr)
        raise typer.Exit(1)


def _statuses(typed: str) -> list[Status]:
    found = []
    for word in typed.split(","):
        plain = word.strip().lower().replace("-", " ")
        if plain not in list(Status):
            raise CaseError(f"no status is called '{word.strip()}'", f"use {', '.join(Status)}")
        found.append(Status(plain))
    return found


def _as_json(row: CaseRow) -> dict[str, Any]:
    return vars(row) | {"status": row.status.value if row.status is not None else None}


def _as_line(row: CaseRow) -> str:
    if row.status is None or row.error:
        return f"{row.case_id:14} damaged        {row.error}"
    told = {"": row.correctors, "read by ": row.readers, "reviewed by ": row.reviewer}
    people = ", ".join(f"{did}{names}" for did, names in told.items() if names)
    return f"{row.case_id:14} {row.status.value:14} {row.changed}  {people}".rstrip()


def _exported(done: Exported) -> dict[str, Any]:
    return {
        "layout": done.layout,
        "target": str(done.target),
        "cases": dict(done.names),
        "unusable": dict(done.unusable),
    }


def _imported(done: Imported) -> dict[str, Any]:
    return {
        "added": dict(done.added),
        "known": dict(done.known),
        "failed": {name: str(error) for name, error in done.failed.items()},
    }


def _tell_import(done: Imported, folder: Path) -> None:
    for name, case_id in done.added.items():
        typer.echo(f"{name} is case {case_id}")
    for name, case_id in done.known.items():
        typer.echo(f"{name} was case {case_id} already and is left as it is")
    for name, error in done.failed.items():
        typer.echo(f"{name}: {error}", err=True)
    typer.echo(f"{_count(len(done.added))} added to {folder}")


def _lacks(done: Imported) -> dict[str, str]:
    """What and hint of an import that is not complete; nothing for one that is."""
    if not done.failed:
        return {}
    total = len(done.added) + len(done.known) + len(done.failed)
    return {
        "error": f"{len(done.failed)} of {total} cases could not be imported",
        "hint": "mend them and import the set again: the others are known then",
    }


def _count(cases: int) -> str:
    return "1 case" if cases == 1 else f"{cases} cases"
