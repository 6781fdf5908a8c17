"""nnU-Net's default inference of one scan, by the patch, beside `kidview segment`.

Run: ``python -m benchmarks.nnunet SCAN [--repeat 5] [--threads 2]``

nnU-Net's time does not depend on its weights, so the network its rules plan for KiTS23 is
made with random ones (MONAI's DynUNet is that network) and one patch is timed, in turns with
the whole command, so that other load hits all alike. The rest is counting: the patches of the
resampled scan at nnU-Net's step of half a patch, each in eight mirror images as is its
default. Left out, all in nnU-Net's favour: reading, resampling there and back, weighting,
writing, and that it averages five such networks unless told otherwise.

It compares cost, not quality: nnU-Net sees the whole scan in fine voxels, and its outline is
not computed here.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from pathlib import Path

import torch

from benchmarks.segmenting import measure
from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import Index
from kidview.io import choose, find, read_scan
from kidview.segment import offered_devices
from kidview.segment.tiles import tile_starts
from trainer.networks.nnunet import plain_network

# The plan of `3d_fullres`. Its rules take the median spacing of the training scans (KiTS23:
# 3 x 0.78 x 0.78 mm, MIC-DKFZ/nnUNet issue 2227), but along an axis that coarse the 10th
# percentile, 1 mm; for a grid of 1 x 0.77 x 0.77 mm they give this patch and five halvings on
# every axis (issue 856). Features: Isensee et al. 2021, Nat Methods 18:203-211.
SPACING_ZYX = (1.0, 0.78125, 0.78125)
PATCH_ZYX: Index = (128, 128, 128)
FEATURES = (32, 64, 128, 256, 320, 320)
REGIONS = 3  # kidney with masses, masses, tumour
STEP = 0.5
MIRRORS = 8

Runs = list[dict[str, float]]


def planned_network() -> torch.nn.Module:
    """nnU-Net's plain 3D network without deep supervision, as it predicts."""
    return plain_network(3, FEATURES, REGIONS).eval()


def patch_count(geometry: Geometry) -> tuple[Index, int]:
    """Shape of the resampled scan, and how many patches cover it at nnU-Net's step."""
    axes = zip(geometry.shape_zyx, geometry.spacing_zyx, SPACING_ZYX, strict=True)
    z, y, x = (round(size * old / new) for size, old, new in axes)
    pairs = zip((z, y, x), PATCH_ZYX, strict=True)
    counts = [len(tile_starts(max(size, patch), patch, 1 - STEP)) for size, patch in pairs]
    return (z, y, x), math.prod(counts)


def one_patch(network: torch.nn.Module) -> dict[str, float]:
    """Seconds of one forward pass in float32, as nnU-Net computes on a CPU."""
    patch = torch.randn(1, 1, *PATCH_ZYX)
    began, began_processor = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        network(patch)
    processor_s = time.process_time() - began_processor
    return {"seconds": time.perf_counter() - began, "processor_s": processor_s}


def in_words(seconds: float) -> str:
    """Seconds, minutes or hours, the largest that gives a number over one."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def main() -> int:
    """Measure in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scan", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    scan = read_scan(choose(find(given.scan, Task()), ""), Task())
    shape, count = patch_count(scan.geometry)
    network = planned_network()
    weights = sum(parameter.numel() for parameter in network.parameters())
    size = f"{weights / 1e6:.1f} million weights; scan resampled to {shape}: {count} patches\n"
    print(size, flush=True)

    devices = [name for name in offered_devices() if name in ("cpu", "openvino")]
    one_patch(network)  # the first is slower: memory is asked for
    patches: Runs = []
    commands: dict[str, Runs] = {device: [] for device in devices}
    for _ in range(given.repeat):
        patches.append(one_patch(network))
        for device in devices:
            commands[device].append(measure(given.scan, "", device))
        last = [patches[-1], *(commands[device][-1] for device in devices)]
        told = ", ".join(f"{run['seconds']:.1f}" for run in last)
        print(f"patch, {', '.join(devices)}: {told} s", file=sys.stderr, flush=True)
    for key, title in (("seconds", "seconds"), ("processor_s", "processor time of all threads")):
        print_table(title, key, count, patches, commands)
    return 0


def print_table(title: str, key: str, count: int, patches: Runs, commands: dict[str, Runs]) -> None:
    """One kind of time: KidView's command, a patch, the whole scan with and without mirroring."""
    ours = {device: [run[key] for run in runs] for device, runs in commands.items()}
    patch = [run[key] for run in patches]
    rows = {f"kidview segment, {device}": seconds for device, seconds in ours.items()}
    rows["nnU-Net, one patch"] = patch
    rows["nnU-Net, one network, no mirroring"] = [count * s for s in patch]
    rows["nnU-Net, one network, mirroring"] = [count * MIRRORS * s for s in patch]
    print(f"| {title} | fastest | median | worst" + "".join(f" | x {d}" for d in ours) + " |")
    print("|---|---|---|---|" + "---|" * len(ours))
    for name, seconds in rows.items():
        times = (min(seconds), statistics.median(seconds), max(seconds))
        ratios = [
            statistics.median(a / b for a, b in zip(seconds, others, strict=True))
            for others in ours.values()
        ]
        told = (f"{r:.0f}" if r >= 10 else f"{r:.2g}" for r in ratios)
        cells = [name, *(in_words(s) for s in times), *told]
        print("| " + " | ".join(cells) + " |")
    print()


if __name__ == "__main__":
    sys.exit(main())
