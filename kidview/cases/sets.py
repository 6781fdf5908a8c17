"""Sets of cases: out of a store in a layout of the field, and into one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from kidview.cases.case import Case
from kidview.cases.layouts import LAYOUTS, Imported, Layout, Telling
from kidview.cases.layouts.target import refuse_target
from kidview.cases.status import Status
from kidview.cases.store import CaseStore
from kidview.core.errors import CaseError, ReadError, WriteError
from kidview.core.task import Task

APPROVED = frozenset({Status.APPROVED})


@dataclass(frozen=True)
class Exported:
    """A set that was written.

    Parameters
    ----------
    layout : str
        Its title.
    target : Path
    names : dict
        Id of each case to its name in the set.
    unusable : dict
        Id to error of each case whose record cannot be read; they are not in the set.
    """

    layout: str
    target: Path
    names: Mapping[str, str]
    unusable: Mapping[str, str]


def export_set(
    store: CaseStore,
    target: Path,
    layout: str,
    *,
    statuses: Collection[Status] = APPROVED,
    task: Task | None = None,
) -> Exported:
    """Write the cases of some statuses as a set, whole or not at all.

    Parameters
    ----------
    store : CaseStore
    target : Path
        What is made; nothing may be there.
    layout : str
        Name of a row of `LAYOUTS`.
    statuses : collection of Status
    task : Task, optional

    Raises
    ------
    CaseError
        No such layout, it cannot hold such cases, there is none, or one is damaged.
    WriteError
        The target exists, has no name of the layout, or cannot be written.
    """
    row = _row(layout)
    _refuse_statuses(row, statuses)
    if not re.fullmatch(row.target, target.name):
        raise WriteError(
            f"'{target.name}' is no name for a set of layout {row.name}",
            f"name it like {row.example}",
        )
    refuse_target(target)
    cases = _chosen(store, statuses)
    names = row.write(store, cases, target, task or Task())
    unusable = {one.case_id: one.error for one in store.rows() if one.status is None}
    return Exported(row.title, target, names, unusable)


def import_set(
    store: CaseStore,
    source: Path,
    *,
    by: str = "",
    patient: str = "",
    task: Task | None = None,
) -> Imported:
    """Add the cases of a set to a store; its layout is found by looking at it.

    Parameters
    ----------
    store : CaseStore
    source : Path
    by : str
        Who made the masks; needed where the set does not tell.
    patient : str
        Which part of a case's name tells the patient; see `Telling`.
    task : Task, optional

    Returns
    -------
    Imported
        A case that is in the store already is left as it is, so an import that was stopped
        can be done again.

    Raises
    ------
    ReadError
        There is no set, or it is damaged as a whole.
    CaseError
        Something is missing that the set does not tell.
    WriteError
        The store cannot be written to.
    """
    if not source.exists():
        raise ReadError(f"there is nothing at {source}", "check the path")
    row = next((row for row in LAYOUTS if row.is_at(source)), None)
    if row is None:
        known = ", ".join(row.title for row in LAYOUTS)
        raise ReadError(f"{source.name} is no set of cases", f"layouts that are known: {known}")
    return row.read(store, source, Telling(by, patient), task or Task())


def _row(name: str) -> Layout:
    found = next((row for row in LAYOUTS if row.name == name), None)
    if found is None:
        known = ", ".join(row.name for row in LAYOUTS)
        raise CaseError(f"no layout is called '{name}'", f"use one of: {known}")
    return found


def _refuse_statuses(row: Layout, statuses: Collection[Status]) -> None:
    for status in statuses:
        if status not in row.statuses:
            raise CaseError(
                f"layout {row.name} is for finished masks and takes no case that is {status}",
                f"choose among {', '.join(sorted(row.statuses))}",
            )


def _chosen(store: CaseStore, statuses: Collection[Status]) -> list[Case]:
    cases = [store.read(row.case_id) for row in store.rows() if row.status in statuses]
    if not cases:
        raise CaseError(
            f"no case of the store is {' or '.join(sorted(statuses))}",
            "approve some, or choose another status",
        )
    return cases
