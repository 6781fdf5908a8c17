"""What a layout is, and what is told of a set that was written or read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kidview.cases.case import Case
from kidview.cases.status import Status
from kidview.cases.store import CaseStore
from kidview.core.errors import KidViewError
from kidview.core.task import Task


@dataclass(frozen=True)
class Telling:
    """What a person says about a set that says it not itself.

    Parameters
    ----------
    by : str
        Who made the masks.
    patient : str
        Pattern (regular expression) that matches the part of a case's name that tells the
        patient; its first group where it has one. "" where each case is a patient.
    """

    by: str = ""
    patient: str = ""


@dataclass(frozen=True)
class Imported:
    """What became of each case of a set, under the name it has there.

    Parameters
    ----------
    added : dict
        Name to the id of the new case.
    known : dict
        Name to the id of the case that holds this scan already; that case is as it was.
    failed : dict
        Name to what is wrong with it.
    """

    added: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, KidViewError] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """A row of the table: a way in which a set of cases lies on disk.

    Parameters
    ----------
    name : str
        What the user types.
    title : str
    target : str
        Pattern of the name that a set may get.
    example : str
        Such a name.
    statuses : set of Status
        Cases of these may be exported.
    write : callable
        (store, cases, target, task) -> the name of each case in the set, by id. The target is
        not there before, and there whole afterwards or not at all.
    is_at : callable
        Whether a path is such a set.
    read : callable
        (store, path, telling, task) -> what became of each case.
    """

    name: str
    title: str
    target: str
    example: str
    statuses: frozenset[Status]
    write: Callable[[CaseStore, Sequence[Case], Path, Task], dict[str, str]]
    is_at: Callable[[Path], bool]
    read: Callable[[CaseStore, Path, Telling, Task], Imported]
