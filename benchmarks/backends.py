"""One scan's network in onnxruntime and in OpenVINO: seconds, memory, agreement.

Run: ``python -m benchmarks.backends SCAN [--repeat 9] [--model NAME]``

Every run is a process of its own, and the runtimes take turns, so that other load hits all
alike; a ratio is taken within a round. "Network" is loading and computing of all tiles,
without preparing the scan. OpenVINO in bfloat16 is for comparison: KidView never asks for it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from kidview.core.types import LabelArray
from kidview.segment import DEFAULT_MODEL
from kidview.segment.openvino_network import REQUIREMENT, openvino_obstacle

RUNTIMES = {"onnxruntime": "cpu", "OpenVINO f32": "openvino", "OpenVINO bf16": "openvino"}

FRAME = """
import json, resource, sys, time
from pathlib import Path
import numpy
from kidview.core.resources import models_dir
from kidview.core.task import Task
from kidview.io import choose, find, read_scan
from kidview.segment import Segmenter, openvino_network
from kidview.segment.devices import load_network

scan, device, model, precision, target = sys.argv[1:]
options = openvino_network._options
openvino_network._options = lambda: options() | {"INFERENCE_PRECISION_HINT": precision}
spent = 0.0

def timed(work):
    def run(*given):
        global spent
        began = time.perf_counter()
        try:
            return work(*given)
        finally:
            spent += time.perf_counter() - began
    return run

class Timed:  # holds the network and not the other way round, or it would outlive its step
    def __init__(self, *given):
        network = timed(load_network)(*given)
        self.run = timed(network.run)
        self.provider, self.channels = network.provider, network.channels

volume = read_scan(choose(find(Path(scan), Task()), ""), Task())
proposal = Segmenter(models_dir(), model, device, Timed).run(volume, Task())
numpy.save(target, proposal.as_label_map(volume.geometry).array)
peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
told = {"network_s": spent, "whole_s": proposal.elapsed_s, "peak_mb": peak_mb}
print(json.dumps(told | {"provider": proposal.provider}))
"""


def measure(runtime: str, scan: Path, model: str, target: Path) -> dict[str, float]:
    """One run; its labels are written to `target`."""
    words = [str(scan), RUNTIMES[runtime], model, runtime[-4:].strip(), str(target)]
    command = [sys.executable, "-c", FRAME, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def p95(values: list[float]) -> float:
    """The 95th percentile, a value that was measured."""
    return sorted(values)[min(int(0.95 * len(values)), len(values) - 1)]


def agreement(found: LabelArray, wanted: LabelArray) -> str:
    """Differing voxels, share of equal ones, Dice of every label either has."""
    differing = int((found != wanted).sum())
    dice = [
        2
        * int(((found == n) & (wanted == n)).sum())
        / int((found == n).sum() + (wanted == n).sum())
        for n in range(1, 256)
        if (found == n).any() or (wanted == n).any()
    ]
    words = ", ".join(f"{value:.4f}" for value in dice)
    return f"{differing} | {1 - differing / found.size:.7f} | {words}"


def main() -> int:
    """Measure in turn and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scan", type=Path)
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    given = parser.parse_args()
    if openvino_obstacle():
        print(f"left out: {openvino_obstacle()} - run: pip install '{REQUIREMENT}'")
        return 0
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in RUNTIMES}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(given.repeat):
            for name in RUNTIMES:
                target = Path(folder) / f"{name}.npy"
                runs[name].append(measure(name, given.scan, given.model, target))
        labels = {name: np.load(Path(folder) / f"{name}.npy") for name in RUNTIMES}
    first = runs["onnxruntime"]
    print("| | network s, median | p95 | x faster | whole s, median | p95 | peak MB |")
    print("|---|---|---|---|---|---|---|")
    for name, rows in runs.items():
        network, whole = ([row[key] for row in rows] for key in ("network_s", "whole_s"))
        ratios = [a["network_s"] / b for a, b in zip(first, network, strict=True)]
        times = f"{statistics.median(network):.2f} | {p95(network):.2f}"
        wholes = f"{statistics.median(whole):.1f} | {p95(whole):.1f}"
        peak = max(row["peak_mb"] for row in rows)
        print(f"| {name} | {times} | {statistics.median(ratios):.2f} | {wholes} | {peak:.0f} |")
    print("\n| against onnxruntime | voxels that differ | share that agrees | Dice per label |")
    print("|---|---|---|---|")
    for name in list(RUNTIMES)[1:]:
        print(f"| {name} | {agreement(labels[name], labels['onnxruntime'])} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
