"""Masks against references, case by case; or scans, through `kidview segment` first."""

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
    """A file (scan or mask) and the reference it is measured against.

    Parameters
    ----------
    name : str
        Of the case: the reference's file name without suffixes and ``_seg``.
    given, reference : Path
    """

    name: str
    given: Path
    reference: Path


def find_pairs(given: Sequence[Path], references: Sequence[Path]) -> list[Pair]:
    """Files that belong together by name: ``case.nii.gz`` and ``case_seg.nii.gz``.

    Folders stand for the NIfTI files in them; where scans and references lie in one folder,
    the ending ``_seg`` tells them apart. References may have plain names in a folder of
    their own. Files without a partner are left out where a folder was given.

    Raises
    ------
    ReadError
        Nothing belongs together, or a file named on its own has no partner.
    """
    mine = {_case(path): path for path in _files(given) if not _is_reference(path, given)}
    truths = {_case(path): path for path in _references(references)}
    lonely = [_case(path) for path in given if path.is_file() and _case(path) not in truths]
    pairs = [Pair(name, mine[name], truths[name]) for name in sorted(mine) if name in truths]
    if lonely or not pairs:
        what = f"no reference for {lonely[0]}" if lonely else "no file has a reference"
        raise ReadError(what, "name it like the scan with _seg: case.nii.gz, case_seg.nii.gz")
    return pairs


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        inside = [*path.glob("*.nii.gz"), *path.glob("*.nii")] if path.is_dir() else [path]
        found += sorted(inside)
    return found


def _is_reference(path: Path, named: Sequence[Path]) -> bool:
    return path not in named and _stem(path).endswith("_seg")


def _references(paths: Sequence[Path]) -> list[Path]:
    """Of a folder the files ending in ``_seg`` where there are any, else all."""
    found: list[Path] = []
    for path in paths:
        inside = _files([path])
        marked = [one for one in inside if _stem(one).endswith("_seg")]
        found += marked or inside
    return found


def _case(path: Path) -> str:
    return _stem(path).removesuffix("_seg")


def _stem(path: Path) -> str:
    return path.name.split(".")[0]


def score_case(pair: Pair) -> dict[str, Any]:
    """Scores of a mask on disk.

    Returns
    -------
    dict
        ``case`` and the fields of `scores.compare`.

    Raises
    ------
    ReadError
    GridMismatch
        The two do not lie on one grid.
    """
    reference = read_scan(pair.reference, Task())
    grid, source = reference.geometry, reference.source
    truth = read_labels(pair.reference, grid, source, task=Task())
    found = read_labels(pair.given, grid, source, task=Task())
    table = compare(found.array, truth.array, grid.spacing_zyx)
    return {"case": pair.name} | {key: round(value, 4) for key, value in table.items()}


def evaluate_case(
    pair: Pair, model: str, device: str, models: Path | None = None, keep: Path | None = None
) -> dict[str, Any]:
    """Segment one scan in a process of its own and score the mask it wrote.

    Parameters
    ----------
    pair : Pair
    model, device : str
        As `kidview segment` takes them.
    models : Path, optional
        Folder of the model; None is the program's own.
    keep : Path, optional
        Where the mask shall stay, a ``.nii.gz``.

    Returns
    -------
    dict
        The fields of `score_case`, ``seconds``, and ``engine``: what
        `kidview segment --json` said.

    Raises
    ------
    KidViewError
        The program failed; its message is passed on.
    """
    with TemporaryDirectory() as folder:
        mask = keep or Path(folder) / "mask.nii.gz"
        words = [sys.executable, "-m", "kidview", "segment", str(pair.given), "-o", str(mask)]
        words += ["--force", "--model", model, "--device", device, "--json"]
        words += ["--models", str(models)] if models is not None else []
        began = time.monotonic()
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - began
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() or ["it said nothing"]
            raise KidViewError(f"kidview segment failed on {pair.name}", said[-1])
        row = score_case(Pair(pair.name, mask, pair.reference))
    return row | {"seconds": round(seconds, 1), "engine": json.loads(done.stdout)}
