"""The course of a run as ``curves.csv``, one row a report, and as ``curves.png``."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from kidview.core.errors import WriteError

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


def start(folder: Path) -> None:
    """Forget the reports of an earlier run that came to no checkpoint.

    Raises
    ------
    WriteError
    """
    try:
        (folder / FILE).unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"cannot write {folder / FILE}", "check the folder") from error


def add_row(folder: Path, row: Mapping[str, object]) -> None:
    """Append a report; columns it does not have stay empty.

    Raises
    ------
    WriteError
    """
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
            if is_new:
                writer.writeheader()
            writer.writerow(row)
    except OSError as error:
        raise WriteError(f"cannot write {path}", "check the folder and disk space") from error


def read_rows(folder: Path) -> list[dict[str, str]]:
    """The reports so far, oldest first; empty where there is no file."""
    path = folder / FILE
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def points(rows: Sequence[Mapping[str, str]], name: str) -> list[tuple[float, float]]:
    """Hours and value of one column, where a report has it."""
    return [(float(row["elapsed_s"]) / 3600, float(row[name])) for row in rows if row[name]]


def draw_figure(folder: Path) -> None:
    """Draw loss and validation against hours into the run's folder.

    Raises
    ------
    WriteError
    """
    from matplotlib.figure import Figure  # a second to import, needed once in minutes

    rows = read_rows(folder)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, names in ((left, COLUMNS[3:4]), (right, COLUMNS[-3:])):
        for name in names:
            hours = [hour for hour, _ in points(rows, name)]
            axes.plot(hours, [value for _, value in points(rows, name)], ".-", label=name)
        axes.set_xlabel("hours")
        axes.spines[["top", "right"]].set_visible(False)
    left.set_title("loss", loc="left")
    right.set_title("Dice on held-back samples", loc="left")
    right.set_ylim(0, 1)
    right.legend(frameon=False)
    beside = folder / f"{FIGURE}.part"
    try:
        figure.savefig(beside, format="png", dpi=110)
        beside.replace(folder / FIGURE)
    except OSError as error:
        raise WriteError(f"cannot write {folder / FIGURE}", "check disk space") from error
