"""Whole scans through the program as users run it: `kidview segment`, then scores."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kidview.core.errors import KidViewError, ReadError
from kidview.core.task import Task
from kidview.io import read_labels, read_scan
from trainer.evaluation.scores import compare


@dataclass(frozen=True)
class Pair:
    """A scan and its true label map.

    Parameters
    ----------
    name : str
        Of the case: the scan's file name without suffixes.
    scan, labels : Path
    """

    name: str
    scan: Path
    labels: Path


def find_pairs(images: Sequence[Path], labels: Sequence[Path]) -> list[Pair]:
    """Scans and label maps that belong together by name: ``case.nii.gz``, ``case_seg.nii.gz``.

    Folders stand for the files in them. Scans without a label map are left out where a
    folder was given.

    Raises
    ------
    ReadError
        Nothing belongs together, or a scan named on its own has no label map.
    """
    truths = {_stem(p).removesuffix("_seg"): p for p in _files(labels) if _is_truth(p, labels)}
    pairs, lonely = [], []
    for path in _files(images):
        name = _stem(path)
        if name.endswith("_seg"):
            continue
        if name in truths:
            pairs.append(Pair(name, path, truths[name]))
        elif path in images:
            lonely.append(name)
    if lonely or not pairs:
        what = f"no label map for {lonely[0]}" if lonely else "no scan has a label map"
        raise ReadError(what, "name it like the scan with _seg: case.nii.gz, case_seg.nii.gz")
    return pairs


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("*.nii.gz")) if path.is_dir() else [path]
    return found


def _is_truth(path: Path, named: Sequence[Path]) -> bool:
    return path in named or _stem(path).endswith("_seg")


def _stem(path: Path) -> str:
    return path.name.split(".")[0]


def evaluate_case(
    pair: Pair, model: str, device: str, models: Path | None = None
) -> dict[str, Any]:
    """Segment one scan in a process of its own and score the mask it wrote.

    Parameters
    ----------
    pair : Pair
    model, device : str
        As `kidview segment` takes them.
    models : Path, optional
        Folder of the model; None is the program's own.

    Returns
    -------
    dict
        ``case``, ``seconds``, ``engine`` (what `kidview segment --json` said) and the
        fields of `scores.compare`.

    Raises
    ------
    KidViewError
        The program failed; its message is passed on.
    """
    with TemporaryDirectory() as folder:
        mask = Path(folder) / "mask.nii.gz"
        words = [sys.executable, "-m", "kidview", "segment", str(pair.scan), "-o", str(mask)]
        words += ["--model", model, "--device", device, "--json"]
        words += ["--models", str(models)] if models is not None else []
        began = time.monotonic()
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - began
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() or ["it said nothing"]
            raise KidViewError(f"kidview segment failed on {pair.name}", said[-1])
        scan = read_scan(pair.scan, Task())
        found = read_labels(mask, scan.geometry, scan.source, task=Task())
        truth = read_labels(pair.labels, scan.geometry, scan.source, task=Task())
    table = compare(found.array, truth.array, scan.geometry.voxel_ml)
    row: dict[str, Any] = {"case": pair.name, "seconds": round(seconds, 1)}
    row |= {key: round(value, 4) for key, value in table.items()}
    row["engine"] = json.loads(done.stdout)
    return row
