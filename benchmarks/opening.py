"""Seconds and peak memory of opening one scan, beside nibabel and SimpleITK.

Run: ``python -m benchmarks.opening SCAN [--repeat 7] [--json FILE]``

Each reading is a fresh process; the readers take turns, so that drift of the machine hits
all alike. Memory is the process's peak resident set minus its size before reading, as a
multiple of the volume at two bytes a voxel.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

READERS = {
    "KidView": """
from kidview.core.task import Task
from kidview.io import read_scan
def read(path): return read_scan(Path(path), Task()).hu.size
""",
    "nibabel get_fdata": """
import nibabel
def read(path): return nibabel.load(path).get_fdata().size
""",
    "nibabel int16": """
import nibabel, numpy
def read(path): return numpy.asanyarray(nibabel.load(path).dataobj).size
""",
    "SimpleITK": """
import SimpleITK
def read(path): return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(path)).size
""",
}

FRAME = """
import json, resource, sys, time
from pathlib import Path
import numpy
{reader}
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before, start = peak(), time.perf_counter()
voxels = read(sys.argv[1])
seconds = time.perf_counter() - start
print(json.dumps({{"seconds": seconds, "bytes": peak() - before, "voxels": voxels}}))
"""


def measure(reader: str, scan: Path) -> dict[str, float]:
    """One reading in a process of its own."""
    code = FRAME.format(reader=READERS[reader])
    result = subprocess.run(
        [sys.executable, "-c", code, str(scan)], capture_output=True, text=True, check=True
    )
    values: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    return values


def main() -> None:
    """Measure all readers in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scan", type=Path)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()

    runs: dict[str, list[dict[str, float]]] = {name: [] for name in READERS}
    for _ in range(given.repeat):
        for name in READERS:
            runs[name].append(measure(name, given.scan))

    ours = statistics.median(run["seconds"] for run in runs["KidView"])
    table = []
    for name, rows in runs.items():
        seconds = sorted(row["seconds"] for row in rows)
        median = statistics.median(seconds)
        memory = max(row["bytes"] / (2 * row["voxels"]) for row in rows)
        table.append(
            {
                "reader": name,
                "median_s": round(median, 3),
                "p95_s": round(seconds[min(int(0.95 * len(seconds)), len(seconds) - 1)], 3),
                "times_kidview": round(median / ours, 2),
                "peak_over_int16": round(memory, 2),
            }
        )
    print("| reader | median s | p95 s | x KidView | peak memory / int16 volume |")
    print("|---|---|---|---|---|")
    for row in table:
        print("| " + " | ".join(str(value) for value in row.values()) + " |")
    if given.json:
        given.json.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
