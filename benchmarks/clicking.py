"""Dice after 1, 2, 3 and 5 clicks with the refining network, and seconds a click.

Run: ``python -m benchmarks.clicking SCANS REFERENCES WORK [--models DIR] [--most 12]``

SCANS and REFERENCES are folders of NIfTI files with the same names (a reference may end in
``_seg``). Each scan is first outlined by the model (kept in WORK). A made-up reader then clicks
five times, each time into the largest fault that is left, where it is deepest, and says what
the reference says there. No peer runs on a CPU: nnInteractive asks for a graphics card.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

from kidview.core.box import Box
from kidview.core.clicks import Click
from kidview.core.errors import EditRefused
from kidview.core.resources import models_dir
from kidview.core.task import Task
from kidview.core.types import LabelArray
from kidview.io import choose, find, read_labels, read_scan, write_labels
from kidview.segment import DEFAULT_MODEL, Refiner, Segmenter
from trainer.evaluation.scores import HECS, dice, select
from trainer.training.clicks import click_faults

TOLD = (0, 1, 2, 3, 5)
MARGIN = 12


def scores(found: LabelArray, truth: LabelArray) -> dict[str, float]:
    """Dice of the three evaluation classes; those the reference lacks are left out."""
    return {
        name: dice(select(found, members), select(truth, members))
        for name, members in HECS.items()
        if select(truth, members).any()
    }


def next_click(found: LabelArray, truth: LabelArray) -> Click | None:
    """Into the largest fault; None where there is none worth a click."""
    box = Box.tight((found > 0) | (truth > 0))
    if box is None:
        return None
    z, y, x = found.shape
    box = box.grown((MARGIN,) * 3, (z, y, x))
    clicks = click_faults(found[box.slices], truth[box.slices], 1)
    if not clicks:
        return None
    a, b, c = (float(v + s) for v, s in zip(clicks[0].at_zyx, box.start, strict=True))
    return Click((a, b, c), clicks[0].label)


def click_through(
    scan: Path, reference: Path, work: Path, segmenter: Segmenter, refiner: Refiner
) -> dict[str, object]:
    """One case: Dice after each number of clicks of `TOLD`, and seconds of every click."""
    volume = read_scan(choose(find(scan, Task()), ""), Task())
    grid, source = volume.geometry, volume.source
    truth = read_labels(reference, grid, source, task=Task()).array
    mask = work / scan.name
    if not mask.exists():
        proposal = segmenter.run(volume, Task())
        write_labels(proposal.as_label_map(grid), source, mask, task=Task())
    labels = read_labels(mask, grid, source, task=Task()).array.copy()
    after, seconds, refused, clicks = {0: scores(labels, truth)}, [], 0, list[Click]()
    for number in range(1, max(TOLD) + 1):
        click = next_click(labels, truth)
        if click is not None:
            clicks.append(click)
            began = time.perf_counter()
            try:
                box, changed, new = refiner.run(volume.hu, grid, labels, clicks, Task())
                labels[box.slices][changed] = new[changed]
            except EditRefused:
                refused += 1
            seconds.append(time.perf_counter() - began)
        after[number] = scores(labels, truth)
    told = {str(n): after[n] for n in TOLD}
    return {"case": scan.name, "dice": told, "seconds": seconds, "refused": refused}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("scans", "references", "work"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--models", type=Path, default=models_dir())
    parser.add_argument("--most", type=int, default=1000)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    refiner = Refiner(given.models, given.model)
    segmenter = Segmenter(given.models, given.model)
    rows = []
    for scan in sorted(p for p in given.scans.glob("*.nii.gz") if "_seg" not in p.name):
        stem = scan.name.removesuffix(".nii.gz")
        references = [given.references / f"{stem}{end}.nii.gz" for end in ("_seg", "")]
        reference = next((r for r in references if r.exists()), None)
        if reference is not None and len(rows) < given.most:
            rows.append(click_through(scan, reference, given.work, segmenter, refiner))
            print(json.dumps(rows[-1]), flush=True)
    print("| clicks | " + " | ".join(HECS) + " |")
    print("|---|" + "---|" * len(HECS))
    for number in TOLD:
        cells = []
        for name in HECS:
            values = [row["dice"][str(number)].get(name) for row in rows]  # type: ignore[index]
            kept = [value for value in values if value is not None]
            cells.append(f"{statistics.mean(kept):.3f}" if kept else "-")
        print(f"| {number} | " + " | ".join(cells) + " |")
    every = sorted(s for row in rows for s in row["seconds"])  # type: ignore[attr-defined]
    p95 = every[int(0.95 * (len(every) - 1))]
    print(f"\na click takes {statistics.median(every):.2f} s (median), {p95:.2f} s (p95)")
    print(f"refused: {sum(int(row['refused']) for row in rows)} of {len(every)}")  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
