"""kidview cases read, agreement, consensus: several readers of one case."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from kidview.cases import (
    METHODS,
    Agreement,
    CaseStore,
    agreement_of,
    make_consensus,
    readings_of,
    refuse_reader,
    user_store,
)
from kidview.cli.options import Json, Store
from kidview.cli.progress import told
from kidview.core.errors import KidViewError
from kidview.io import house_source, read_labels

_METHODS = ", ".join(row.name for row in METHODS)
_WORDS = {"kidney_and_mass": "kidney and masses", "mass": "masses", "tumour": "tumour"}

readings = typer.Typer()
CaseId = Annotated[str, typer.Argument(metavar="CASE", help="id of the case")]


@readings.command()
def read(
    case_id: CaseId,
    labels: Annotated[Path, typer.Option(help="the mask that the reader made")],
    by: Annotated[str, typer.Option(metavar="NAME", help="who made it")],
    store: Store = None,
    json_output: Json = False,
) -> None:
    """Keep a second reader's own mask beside the corrected one."""
    kept = CaseStore(store or user_store())
    case = kept.read(case_id)
    refuse_reader(case, by)
    mask = read_labels(labels, case.geometry, house_source(case.geometry, labels))
    case = kept.write_reading(case, mask, by, told(json_output))
    readers = [reading.by for reading in case.readings]
    if json_output:
        report = {"case_id": case_id, "reader": readers[-1], "readers": readers}
        typer.echo(json.dumps(report | {"store": str(kept.folder)}))
        return
    typer.echo(f"kept as {readers[-1]}'s reading of case {case_id}")


@readings.command()
def agreement(
    cases: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CASE]...", help="ids, else all with two readings"),
    ] = None,
    store: Store = None,
    json_output: Json = False,
) -> None:
    """Tell how well readers agree: Dice of each pair, volumes."""
    kept = CaseStore(store or user_store())
    found, failed = _compared(kept, cases or (), json_output)
    lacks = {}
    if failed:
        count = f"{len(failed)} case{'' if len(failed) == 1 else 's'}"
        lacks = {"error": f"{count} could not be compared", "hint": "mend them, or name others"}
    if json_output:
        failures = {case_id: str(error) for case_id, error in failed.items()}
        report = {"store": str(kept.folder), "cases": [_as_json(one) for one in found]}
        typer.echo(json.dumps(report | {"failed": failures} | lacks))
    else:
        for one in found:
            typer.echo("\n".join(_as_lines(one)))
        for case_id, error in failed.items():
            typer.echo(f"note: {case_id}: {error}", err=True)
        if not found and not failed:
            typer.echo(f"no case in {kept.folder} has two readings")
    if lacks:
        print(f"error: {lacks['error']} - {lacks['hint']}", file=sys.stderr)
        raise typer.Exit(1)


@readings.command()
def consensus(
    case_id: CaseId,
    method: Annotated[str, typer.Option(help=_METHODS)],
    by: Annotated[str, typer.Option(metavar="NAME", help="who asks for it")],
    store: Store = None,
    json_output: Json = False,
) -> None:
    """Make the readers' consensus the corrected mask."""
    kept = CaseStore(store or user_store())
    made = make_consensus(kept, kept.read(case_id), method, by, told(json_output))
    if json_output:
        report = {
            "case_id": case_id,
            "status": made.case.status.value,
            "method": method,
            "readers": list(made.readers),
            "disputed_ml": made.disputed_ml,
            "tied_ml": made.tied_ml,
        }
        typer.echo(json.dumps(report | {"store": str(kept.folder)}))
        return
    typer.echo(f"case {case_id} ({made.case.status}): {made.method} of {', '.join(made.readers)}")
    typer.echo(f"they differ in {made.disputed_ml:.2f} mL, of which {made.tied_ml:.2f} mL are ties")


def _compared(
    store: CaseStore, wanted: Sequence[str], json_output: bool
) -> tuple[list[Agreement], dict[str, KidViewError]]:
    """The agreement in each case; without wanted ones, those that fail hide no other."""
    found, failed = [], {}
    for case_id in wanted or [row.case_id for row in store.rows() if row.readers]:
        try:
            case = store.read(case_id)
            if wanted or len(readings_of(case)) > 1:
                found.append(agreement_of(store, case, told(json_output)))
        except KidViewError as error:
            if wanted:
                raise
            failed[case_id] = error
    return found, failed


def _as_json(found: Agreement) -> dict[str, Any]:
    return {
        "case_id": found.case_id,
        "volumes_ml": {name: dict(volumes) for name, volumes in found.volumes_ml.items()},
        "pairs": [{"readers": [p.one, p.other], "dice": dict(p.dice)} for p in found.pairs],
    }


def _as_lines(found: Agreement) -> list[str]:
    lines = [f"case {found.case_id}"]
    for name, volumes in found.volumes_ml.items():
        told = ", ".join(f"{label} {volume:.1f} mL" for label, volume in volumes.items())
        lines.append(f"  {name}: {told}")
    for pair in found.pairs:
        told = ", ".join(f"{_WORDS[hec]} {value:.3f}" for hec, value in pair.dice.items())
        lines.append(f"  {pair.one} and {pair.other}: Dice of {told}")
    return lines
