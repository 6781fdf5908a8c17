"""The course of a run as ``curves.csv``, one row a report, and as ``curves.png``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

FILE, FIGURE = "curves.csv", "curves.png"
COLUMNS = (
    "event",
    "step",
    "elapsed_s",
    "loss",
    "rate",
    "step_s",
    "samples",
    "kidney_and_mass",
    "mass",
    "tumour",
)


def add_row(folder: Path, row: Mapping[str, object]) -> None:
    """Append a report; columns it does not have stay empty."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def read_rows(folder: Path) -> list[dict[str, str]]:
    """The reports so far, oldest first; empty where there is no file."""
    path = folder / FILE
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def draw_figure(folder: Path) -> None:
    """Draw loss and validation against hours into the run's folder."""
    from matplotlib.figure import Figure  # a second to import, needed once in minutes

    rows = read_rows(folder)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, event, names in (
        (left, "step", ("loss",)),
        (right, "validation", ("kidney_and_mass", "mass", "tumour")),
    ):
        for name in names:
            points = [
                (float(r["elapsed_s"]) / 3600, float(r[name]))
                for r in rows
                if r["event"] == event and r[name]
            ]
            axes.plot(*zip(*points, strict=True), label=name) if points else None
        axes.set_xlabel("hours")
        axes.spines[["top", "right"]].set_visible(False)
    left.set_title("loss", loc="left")
    right.set_title("Dice on held-back samples", loc="left")
    right.set_ylim(0, 1)
    if right.lines:
        right.legend(frameon=False)
    beside = folder / f"{FIGURE}.part"
    figure.savefig(beside, format="png", dpi=110)
    beside.replace(folder / FIGURE)
