"""nnU-Net v2 raw: ``imagesTr/NAME_0000.nii.gz``, ``labelsTr/NAME.nii.gz``, ``dataset.json``.

Source: nnU-Net, documentation/dataset_format.md. Our ``cases.csv`` lies beside; nnU-Net does
not look at it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kidview.cases.case import Case
from kidview.cases.fields import Fields
from kidview.cases.layouts.layout import Imported, Layout, Telling
from kidview.cases.layouts.listing import read_listing, write_listing
from kidview.cases.layouts.pairs import import_pairs, write_pair
from kidview.cases.layouts.set_case import SetCase
from kidview.cases.layouts.target import whole_folder, write_text
from kidview.cases.status import Status
from kidview.cases.store import CaseStore
from kidview.core.errors import BrokenFile, CaseError
from kidview.core.labels import LABEL_NAMES
from kidview.core.task import Task
from kidview.io import RAS

_TABLE_FILE = "dataset.json"
_ENDING = ".nii.gz"
_CHANNEL = "_0000"
_SPELLINGS = {"tumor": "tumour"}


def write(store: CaseStore, cases: Sequence[Case], target: Path, task: Task) -> dict[str, str]:
    """Write a set; cases keep their ids as names. See `Layout`."""
    with whole_folder(target) as folder:
        images, labels = folder / "imagesTr", folder / "labelsTr"
        images.mkdir()
        labels.mkdir()
        for n, case in enumerate(cases):
            name = case.case_id
            part = task.part(n / len(cases), (n + 1) / len(cases))
            image = images / f"{name}{_CHANNEL}{_ENDING}"
            write_pair(store, case, image, labels / f"{name}{_ENDING}", RAS, part)
        write_text(folder / _TABLE_FILE, _table(len(cases)))
        write_listing(folder, [(case.case_id, case) for case in cases])
    return {case.case_id: case.case_id for case in cases}


def _table(count: int) -> str:
    table = {
        "channel_names": {"0": "CT"},
        "labels": {name: value for value, name in LABEL_NAMES.items()},
        "numTraining": count,
        "file_ending": _ENDING,
    }
    return json.dumps(table, indent=2) + "\n"


def is_at(path: Path) -> bool:
    """Whether a folder holds images for training."""
    return (path / "imagesTr").is_dir()


def read(store: CaseStore, path: Path, telling: Telling, task: Task) -> Imported:
    """Read the cases for training of a set; those for testing have no masks and stay.

    Raises
    ------
    CaseError
        The set is not of CT alone, or numbers its labels otherwise.
    """
    pairs = find(path, _checked_ending(path))
    if not pairs:
        raise BrokenFile(f"{path.name}/imagesTr holds no scan", "copy the set again")
    return import_pairs(store, pairs, telling, task)


def find(path: Path, ending: str = _ENDING) -> list[SetCase]:
    """The cases for training of a set, by name.

    Parameters
    ----------
    path : Path
    ending : str
        Of its files.

    Raises
    ------
    BrokenFile
        Our list of cases is damaged.
    """
    ids, found = read_listing(path), []
    for image in sorted((path / "imagesTr").glob(f"*{_CHANNEL}{ending}")):
        name = image.name.removesuffix(f"{_CHANNEL}{ending}")
        labels = path / "labelsTr" / f"{name}{ending}"
        there = labels if labels.is_file() else None
        found.append(SetCase(name, image, there, ids.get(name, "")))
    return found


def _checked_ending(folder: Path) -> str:
    """What its files end in, once its dataset.json was found to mean what we mean."""
    name = f"{folder.name}/{_TABLE_FILE}"
    try:
        table: Any = json.loads((folder / _TABLE_FILE).read_bytes())
    except FileNotFoundError as error:
        raise BrokenFile(f"{name} is missing", "without it nobody knows the labels") from error
    except (OSError, ValueError, RecursionError) as error:
        raise BrokenFile(f"{name} cannot be read or is no JSON", "copy it again") from error
    fields = Fields(table, name)
    channels = fields.table("channel_names")
    names = channels.names()
    if len(names) != 1 or channels.text(names[0]).upper() != "CT":
        raise CaseError(f"{name}: the scans are not of CT alone", "only sets of CT can be read")
    _refuse_other_labels(fields.table("labels"), name)
    return fields.text("file_ending", r"\.[a-z.]+", _ENDING)


def _refuse_other_labels(labels: Fields, name: str) -> None:
    """Raise if a value stands for something else than here; lists are regions, made of labels."""
    for label in labels.names():
        value = labels.take(label)
        word = label.strip().casefold()
        if isinstance(value, int) and LABEL_NAMES.get(value) != _SPELLINGS.get(word, word):
            raise CaseError(
                f"{name}: label '{label}' has the value {value}, which means "
                f"{LABEL_NAMES.get(value, 'nothing')} here",
                "renumber the masks: 1 kidney, 2 tumour, 3 cyst",
            )


LAYOUT = Layout(
    "nnunet",
    "nnU-Net raw",
    target=r"Dataset\d{3}_[A-Za-z0-9_-]+",
    example="Dataset501_Kidneys",
    statuses=frozenset({Status.APPROVED, Status.CORRECTED}),
    write=write,
    is_at=is_at,
    read=read,
)
