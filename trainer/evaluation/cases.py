"""Masks against references, case by case; or scans, through `kidview segment` first."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kidview.cases import SetCase, find_cases
from kidview.cases.layouts.flat import by_name, file_stem, nifti_files
from kidview.core.errors import KidViewError, ReadError
from kidview.core.task import Task
from kidview.io import read_labels, read_scan
from trainer.evaluation.scores import compare

_SHOWN = 5  # names in a message


@dataclass(frozen=True)
class Pair:
    """A file (scan or mask) and the reference it is measured against.

    Parameters
    ----------
    name : str
        Of the case: the reference's file name without suffixes and ``_seg``, or the name it has
        in its data set.
    given, reference : Path
    """

    name: str
    given: Path
    reference: Path


@dataclass(frozen=True)
class Matched:
    """What belongs together, and what was left over.

    Parameters
    ----------
    pairs : tuple of Pair
        By name, at least one.
    without_given : tuple of str
        Names of references that nothing is measured against.
    without_reference : tuple of str
        Names of files in given folders that no reference is there for.
    """

    pairs: tuple[Pair, ...]
    without_given: tuple[str, ...]
    without_reference: tuple[str, ...]


def match(given: Sequence[Path], references: Sequence[Path]) -> Matched:
    """Files that belong together by name: ``case.nii.gz`` and ``case_seg.nii.gz``.

    Folders stand for the NIfTI files in them; where scans and references lie in one folder,
    the ending ``_seg`` tells them apart. References may have plain names in a folder of
    their own, and scans nnU-Net's ``case_0000.nii.gz``. A folder without such files may be a data
    set in any layout that is known.

    Raises
    ------
    ReadError
        A path is missing, two files have one name, nothing belongs together, or a file named on
        its own has no partner.
    CaseError
        A file of a case store is not the one its record tells of.
    """
    truths = by_name(pair for path in references for pair in _references(path))
    named = [pair for path in given for pair in _given(path)]
    mine = by_name((_known(name, truths), path) for name, path in named)
    lonely = [name for name, path in mine.items() if path in given and name not in truths]
    both = sorted(mine.keys() & truths.keys())
    if lonely or not both:
        what = f"no reference for {lonely[0]}" if lonely else "no file has a reference"
        raise ReadError(what, "name it like the scan with _seg: case.nii.gz, case_seg.nii.gz")
    return Matched(
        tuple(Pair(name, mine[name], truths[name]) for name in both),
        tuple(sorted(truths.keys() - mine.keys())),
        tuple(sorted(mine.keys() - truths.keys())),
    )


def find_pairs(given: Sequence[Path], references: Sequence[Path]) -> list[Pair]:
    """As `match`, where every reference must have its partner.

    Raises
    ------
    ReadError
        As `match`, or a reference has none.
    """
    found = match(given, references)
    if found.without_given:
        raise lacking(found.without_given)
    return list(found.pairs)


def lacking(names: Sequence[str]) -> ReadError:
    """That references have nothing to be measured against."""
    one = len(names) == 1
    what = "1 reference has" if one else f"{len(names)} references have"
    return ReadError(
        f"{what} no partner: {shown(names)}", "complete the folder, or take the references away"
    )


def shown(names: Sequence[str]) -> str:
    """The first few of many names."""
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def _given(path: Path) -> list[tuple[str, Path]]:
    """Names and files of scans or masks; in a folder, files ending in ``_seg`` are references."""
    if path.is_file():
        return [(file_stem(path).removesuffix("_seg"), path)]
    inside = nifti_files(path) if path.is_dir() else []
    if inside:
        named = [(file_stem(one), one) for one in inside]
        return [(name, one) for name, one in named if not name.endswith("_seg")]
    return [(case.name, case.image) for case in _data_set(path) if case.image is not None]


def _references(path: Path) -> list[tuple[str, Path]]:
    """Of a folder the files ending in ``_seg`` where there are any, else all."""
    inside = [path] if path.is_file() else nifti_files(path) if path.is_dir() else []
    if inside:
        named = [(file_stem(one), one) for one in inside]
        marked = [(name, one) for name, one in named if name.endswith("_seg")]
        return [(name.removesuffix("_seg"), one) for name, one in marked or named]
    return [(case.name, case.labels) for case in _data_set(path) if case.labels is not None]


def _data_set(path: Path) -> list[SetCase]:
    if not path.exists():
        raise ReadError(f"there is no {path}", "name a file, or a folder that is there")
    _, found = find_cases(path)
    for case in found:
        case.prove(Task())
    return found


def _known(name: str, truths: Mapping[str, Path]) -> str:
    """A scan's name, without nnU-Net's channel where the reference has none."""
    bare = name.removesuffix("_0000")
    return bare if name not in truths and bare in truths else name


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
            raise _failed(pair.name, done)
        row = score_case(Pair(pair.name, mask, pair.reference))
    return row | {"seconds": round(seconds, 1), "engine": json.loads(done.stdout)}


def _failed(name: str, done: subprocess.CompletedProcess[str]) -> KidViewError:
    """What `kidview segment --json` said: what and hint on stdout, else something on stderr."""
    try:
        said = json.loads(done.stdout)
        what, hint = str(said["error"]), str(said["hint"])
    except (ValueError, KeyError, TypeError):
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        what, hint = lines[-1].removeprefix("error: "), "try kidview segment by itself"
    return KidViewError(f"kidview segment failed on {name}: {what}", hint)
