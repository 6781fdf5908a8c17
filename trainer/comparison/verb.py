"""The verb `compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import torch
import typer

from kidview.core.errors import ReadError, SettingError
from trainer.comparison.entries import ENTRIES
from trainer.comparison.report import draw_figure, table
from trainer.comparison.rows import Terms, cost_of, keep, measure_entry, train_entry
from trainer.data.places import check_folder
from trainer.evaluation.cases import Pair, lacking, match
from trainer.export.model import load_role
from trainer.training.store import find_source


def run_compare(
    pool: Annotated[Path, typer.Option(help="folder of training samples")],
    val: Annotated[Path, typer.Option(help="folder of held-back samples")],
    coarse: Annotated[Path, typer.Option(help="run of the cascade's first step")],
    out: Annotated[Path, typer.Option(help="folder of all runs and of the report")],
    minutes: Annotated[float, typer.Option(min=0.01, help="training time of each network")],
    sets: Annotated[
        list[Path], typer.Option("--set", help="folder of scans and _seg masks to measure on")
    ],
    only: Annotated[
        list[str] | None, typer.Option(help="leave out all but this; may be repeated")
    ] = None,
    cost: Annotated[
        Path | None, typer.Option(help="scan to take time and memory on; machine must be idle")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads")] = 1,
) -> None:
    """Train every network for the same time on the same samples, and measure each.

    May be stopped and called again: what is done is not done twice. Writes ``compare.json``,
    ``compare.md`` and ``compare.png``.
    """
    torch.set_num_threads(threads)
    unknown = sorted(set(only or []) - set(ENTRIES))
    if unknown:
        known = ", ".join(f"'{name}'" for name in ENTRIES)  # names hold commas
        raise SettingError(f"no network '{unknown[0]}'", f"use one of: {known}")
    check_folder(out)
    load_role(coarse, "coarse")  # before the long work, not after it
    if cost is not None and not cost.exists():
        raise ReadError(f"there is no {cost}", "name a scan")
    terms = Terms(
        pool=find_source(pool, held_back=False, prepared=out / "prepared"),
        held_back=find_source(val, held_back=True, prepared=out / "prepared"),
        coarse=coarse,
        minutes=minutes,
        sets={folder.name: _pairs(folder) for folder in sets},
        out=out,
        device=device,
    )
    names = only or list(ENTRIES)
    for name in names:
        train_entry(name, ENTRIES[name], terms)
    rows = []
    for name in names:
        rows.append(measure_entry(name, terms))
        print(json.dumps({"event": "measured", "network": name}), flush=True)
    if cost is not None:
        for row in rows:
            row["cost"] = cost_of(row["network"], cost, terms)
            keep(row, terms)
    (out / "compare.json").write_text(json.dumps(rows, indent=2) + "\n")
    (out / "compare.md").write_text(table(rows))
    draw_figure(rows, out / "compare.png")
    print(json.dumps({"event": "done", "report": str(out / "compare.md")}))


def _pairs(folder: Path) -> list[Pair]:
    """The cases of a set; says which scans have no mask."""
    found = match([folder], [folder])
    if found.without_given:
        raise lacking(found.without_given)
    if found.without_reference:
        row = {"event": "left out", "set": folder.name, "without_mask": found.without_reference}
        print(json.dumps(row), flush=True)
    return list(found.pairs)
