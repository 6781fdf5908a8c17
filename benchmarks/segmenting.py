"""Seconds and peak memory of `kidview segment` on one scan.

Run: ``python -m benchmarks.segmenting SCAN [--repeat 3] [--model NAME] [--device cpu]``

Every run is the whole command in a process of its own: start, open, network, write, read
back. There is no peer in the table: no other program that can be installed here outlines
kidney, tumour and cyst. What nnU-Net's way would cost is in `nnunet.py`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

FRAME = """
import resource, sys, time
from kidview.cli import main
start = time.perf_counter()
code = main(sys.argv[1:])
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
processor_s, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
print(f"{seconds} {processor_s} {peak}", file=sys.stderr)
sys.exit(code)
"""


def measure(scan: Path, model: str, device: str) -> dict[str, float]:
    """One run: whole seconds, the network's share, processor seconds, peak MB of the process."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["segment", str(scan), "-o", f"{folder}/mask.nii.gz", "--json"]
        words += ["--device", device, *(["--model", model] if model else [])]
        done = subprocess.run(
            [sys.executable, "-c", FRAME, *words], capture_output=True, text=True, check=True
        )
    seconds, processor_s, peak_mb = (float(word) for word in done.stderr.split()[-3:])
    network_s = float(json.loads(done.stdout)["network"]["seconds"])
    times = {"seconds": seconds, "network_s": network_s, "processor_s": processor_s}
    return times | {"peak_mb": peak_mb}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scan", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--model", default="")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    runs = [measure(given.scan, given.model, given.device) for _ in range(given.repeat)]
    print("| | median | worst |")
    print("|---|---|---|")
    for key, title in (
        ("seconds", "whole command, s"),
        ("network_s", "of it network, s"),
        ("processor_s", "processor time, start included, s"),
        ("peak_mb", "peak memory, MB"),
    ):
        values = [run[key] for run in runs]
        print(f"| {title} | {statistics.median(values):.1f} | {max(values):.1f} |")


if __name__ == "__main__":
    main()
