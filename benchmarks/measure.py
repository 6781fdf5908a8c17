"""Seconds to measure a whole case, and one lesion after a change of it.

Run: ``python -m benchmarks.measure [SCAN MASK] [--repeat 5]``

Without files two made-up cases: 512 x 512 x 600 voxels of 0.7 mm with two kidneys and three
lesions, and 512 x 512 x 200 of 0.8 x 0.8 x 1.5 mm with a lesion of 50 mL. "Changed lesion" finds
the anatomy again and measures that lesion only. The peer is SimpleITK's shape filter, which
gives volume and largest diameter of each label and nothing else.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from kidview.core.geometry import Geometry
from kidview.core.types import HUArray, Index, LabelArray, Triple
from kidview.io import choose, find, read_labels, read_scan
from kidview.measure import Case, find_anatomy, measure_case, measure_lesion

Made = tuple[HUArray, LabelArray, Geometry]


def made_up(shape: Index, spacing: Triple, lesions: list[tuple[Triple, float, int]]) -> Made:
    """Two kidneys with balls: centre (mm from the grid's middle, x, y, z), radius mm, label."""
    geometry = Geometry.straight(shape, spacing)
    labels = np.zeros(shape, np.uint8)
    middle = (np.array(shape) - 1) / 2 * spacing
    bodies = [((x, 0.0, 0.0), (28.0, 32.0, 58.0), 1) for x in (-65.0, 65.0)]
    bodies += [(centre, (radius, radius, radius), label) for centre, radius, label in lesions]
    z, y, x = (np.arange(n) * step for n, step in zip(shape, spacing, strict=True))
    for centre, half, label in bodies:
        away = [
            ((at - m - c) / h) ** 2
            for at, m, c, h in zip((z, y, x), middle, centre[::-1], half[::-1], strict=True)
        ]
        near = [np.flatnonzero(part <= 1) for part in away]
        box = tuple(slice(int(n[0]), int(n[-1]) + 1) for n in near)
        inside = (
            away[0][box[0], None, None] + away[1][None, box[1], None] + away[2][None, None, box[2]]
        ) <= 1
        labels[box][inside] = label
    hu = np.random.default_rng(1).integers(-20, 120, shape, dtype=np.int16)
    return hu, labels, geometry


def timed(work: Callable[[], object], repeat: int) -> str:
    """Median and worst in seconds, and the median of the processor's, which others do not slow."""
    spent, of_processor = [], []
    for _ in range(repeat):
        began, at = time.perf_counter(), time.process_time()
        work()
        spent.append(time.perf_counter() - began)
        of_processor.append(time.process_time() - at)
    median = statistics.median
    return f"{median(spent):.2f} | {max(spent):.2f} | {median(of_processor):.2f}"


def peer(labels: LabelArray, geometry: Geometry) -> None:
    """Volume and Feret diameter of the labels by SimpleITK."""
    image = sitk.GetImageFromArray(labels)
    z, y, x = geometry.spacing_zyx
    image.SetSpacing((x, y, z))
    statistics_of = sitk.LabelShapeStatisticsImageFilter()
    statistics_of.ComputeFeretDiameterOn()
    statistics_of.Execute(image)


def changed(made: Made) -> None:
    """What a change of the first lesion asks for."""
    hu, labels, geometry = made
    case = Case(find_anatomy(labels, geometry, hu), geometry, hu)
    measure_lesion(case, case.anatomy.lesions[0])


def rows(name: str, made: Made, repeat: int) -> None:
    hu, labels, geometry = made
    print(f"| {name}, whole case | {timed(lambda: measure_case(hu, labels, geometry), repeat)} |")
    print(f"| {name}, changed lesion | {timed(lambda: changed(made), repeat)} |")
    print(f"| {name}, SimpleITK's shape filter | {timed(lambda: peer(labels, geometry), 1)} |")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    print("| case | median s | worst s | processor s |\n|---|---|---|---|")
    if given.files:
        scan, mask = given.files
        volume = read_scan(choose(find(scan), ""))
        labels = read_labels(mask, volume.geometry, volume.source).array
        rows(scan.name, (volume.hu, labels, volume.geometry), given.repeat)
    else:
        three: list[tuple[Triple, float, int]] = [
            ((90.0, 0.0, 10.0), 25.0, 2),
            ((-88.0, 0.0, 30.0), 14.0, 3),
            ((-50.0, 10.0, -40.0), 9.0, 3),
        ]
        rows("512 x 512 x 600", made_up((600, 512, 512), (0.7, 0.7, 0.7), three), given.repeat)
        one: list[tuple[Triple, float, int]] = [((85.0, 0.0, 10.0), 22.85, 2)]
        rows("512 x 512 x 200", made_up((200, 512, 512), (1.5, 0.8, 0.8), one), given.repeat)
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
