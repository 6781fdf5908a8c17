"""Sets in which a case is a scan and perhaps a mask beside it: both written, both read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from kidview.cases.adding import Details, add_case
from kidview.cases.case import Case
from kidview.cases.layouts.layout import Imported, Telling
from kidview.cases.layouts.set_case import SetCase
from kidview.cases.store import CaseStore
from kidview.core.errors import CaseError, KidViewError, WriteError
from kidview.core.task import Task
from kidview.core.volume import AxisOrder
from kidview.io import house_source, write_labels, write_scan


def write_pair(
    store: CaseStore, case: Case, image: Path, labels: Path, order: AxisOrder, task: Task
) -> None:
    """Write a case's scan and corrected mask, i, j, k in that order; nothing else goes along."""
    volume = store.load_image(case, task.part(0.0, 0.4))
    source = house_source(case.geometry, image, order)
    write_scan(replace(volume, source=source), image, task=task.part(0.4, 0.9))
    write_labels(store.load_corrected(case), source, labels, task=task.part(0.9, 1.0))


def import_pairs(
    store: CaseStore, pairs: Sequence[SetCase], telling: Telling, task: Task
) -> Imported:
    """Make a case of each pair; one that cannot be read does not stop the others.

    Raises
    ------
    CaseError
        Nobody is named for the masks, or the pattern of patients is of no use; nothing was
        added then.
    WriteError
        The store cannot be written to; the cases before are in it, and are known next time.
    """
    patient_of = _patient_of(pairs, telling.patient)
    by = telling.by.strip()
    if not by and any(pair.labels is not None for pair in pairs):
        raise CaseError("nobody is named for the masks of the set", "add --by NAME")
    added: dict[str, str] = {}
    known: dict[str, str] = {}
    failed: dict[str, KidViewError] = {}
    for n, pair in enumerate(pairs):
        part = task.part(n / len(pairs), (n + 1) / len(pairs))
        details = Details(patient=patient_of(pair.name), case_id=pair.case_id, by=by)
        try:
            case_id, is_new = _import(store, pair, details, part)
        except WriteError:
            raise
        except KidViewError as error:
            failed[pair.name] = error
        else:
            (added if is_new else known)[pair.name] = case_id
    return Imported(added, known, failed)


def _import(store: CaseStore, pair: SetCase, details: Details, task: Task) -> tuple[str, bool]:
    """Id of a pair's case, and whether it is new."""
    volume = pair.read_image(task.part(0.0, 0.4))
    known = store.find(volume)
    if known is not None:
        return known, False
    if pair.labels is not None:
        labels = pair.read_labels(volume, task.part(0.4, 0.5))
        details = replace(details, labels=labels)
    return add_case(store.folder, volume, details, task.part(0.5, 1.0)).case_id, True


def _patient_of(pairs: Sequence[SetCase], pattern: str) -> Callable[[str], str]:
    """What tells the patient in a case's name; each name is tried before anything is added."""
    if not pattern:
        return lambda name: ""
    if any(pair.case_id for pair in pairs):
        raise CaseError("the set says itself which patient a case is of", "leave out --patient")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise CaseError(f"'{pattern}' is no pattern ({error})", "write it like '[^_]+'") from error
    found = {}
    for pair in pairs:
        match = compiled.match(pair.name)
        told = (match[1] if compiled.groups else match[0]) if match is not None else ""
        if not told:
            raise CaseError(
                f"the pattern '{pattern}' finds no patient in '{pair.name}'",
                "it must match at the beginning of every name",
            )
        found[pair.name] = told
    return found.__getitem__
