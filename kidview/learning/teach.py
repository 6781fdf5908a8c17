"""The trainer at work in a process of its own: what it says line by line, and how to stop it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from kidview.core.errors import KidViewError, ModelError
from kidview.core.task import Cancelled, Task

INSTALL = 'pip install "kidview[trainer]"'
"""The one command that brings what teaching needs."""

_GRACE_S = 20.0  # a trainer that was asked to stop writes its checkpoint first

Told = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Teaching:
    """What to teach: the options of `kidview-train finetune`.

    Parameters
    ----------
    cases : Path
        The case store.
    parent : Path
        Model to begin with, ``folder/name``.
    child : Path
        Model to make, ``folder/name``.
    minutes : float
    replay : Path, optional
        Drawn samples or outlined scans that are mixed in.
    replay_share : float
        Of the patches, where there is something to replay.
    regression : Path, optional
        Scans that always measure, and so never teach.
    """

    cases: Path
    parent: Path
    child: Path
    minutes: float
    replay: Path | None = None
    replay_share: float = 0.5
    regression: Path | None = None


def is_trainer_installed() -> bool:
    """Whether models can be taught on this machine; looks only, imports nothing."""
    return all(importlib.util.find_spec(name) is not None for name in ("torch", "trainer", "onnx"))


def refuse_without_trainer() -> None:
    """Raise ModelError with the one command that helps, where the trainer is not installed."""
    if not is_trainer_installed():
        raise ModelError("teaching needs the trainer, which is not installed", f"run: {INSTALL}")


def teach(teaching: Teaching, task: Task, told: Told) -> None:
    """Run `kidview-train finetune`; goes on where an earlier call for this child was stopped.

    Parameters
    ----------
    teaching : Teaching
    task : Task
        Told how much of the time is gone; a cancel ends the trainer, its checkpoint stays.
    told : callable
        Gets every report of the trainer, in the worker.

    Raises
    ------
    ModelError
        The trainer failed; the message is its own.
    Cancelled
    """
    words = ["finetune", "--cases", str(teaching.cases), "--from", str(teaching.parent)]
    words += ["--out", str(teaching.child), "--minutes", str(teaching.minutes), "--resume"]
    if teaching.replay is not None:
        words += ["--replay", str(teaching.replay)]
        words += ["--replay-share", str(teaching.replay_share)]
    if teaching.regression is not None:
        words += ["--regression", str(teaching.regression)]

    def heard(row: dict[str, Any]) -> None:
        if "left_min" in row:
            gone = 1 - float(row["left_min"]) / teaching.minutes
            task.report(min(max(gone, 0.0), 0.99), "learning")
        told(row)

    run_trainer(words, task, heard)


def measure(
    old: Path, new: Path, out: Path, cases: Path, regression: Path | None, task: Task, told: Told
) -> None:
    """Run `kidview-train judge`; its verdict lies in ``out/judge.json`` afterwards.

    Parameters
    ----------
    old, new : Path
        Models, ``folder/name``.
    out : Path
        Folder for verdict and pictures.
    cases : Path
        The case store; its held-back corrected cases are measured.
    regression : Path or None
        Folder of scans with masks that are always measured.
    task : Task
    told : callable

    Raises
    ------
    ModelError, Cancelled
    """
    words = ["judge", "--old", str(old), "--new", str(new), "--out", str(out)]
    words += ["--cases", str(cases)]
    if regression is not None:
        words += ["--regression", str(regression)]

    def heard(row: dict[str, Any]) -> None:
        if row.get("event") == "case":
            task.report(0.99 * row["number"] / row["of"], f"measuring {row['case']}")
        told(row)

    run_trainer(words, task, heard)


def run_trainer(words: Sequence[str], task: Task, heard: Told) -> None:
    """Run a verb of the trainer and hear its JSON lines; raises as `teach`."""
    refuse_without_trainer()
    environment = dict(os.environ, PYTHONUNBUFFERED="1")
    with TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "trainer", *words],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        task.on_cancel(process.terminate)
        try:
            _listen(process, heard)
        finally:
            task.on_cancel(None)
            _end(process)
        if task.is_cancelled:
            raise Cancelled
        if process.returncode != 0:
            errors.seek(0)
            raise _told_error(errors.read(), process.returncode)


def _listen(process: subprocess.Popen[str], heard: Told) -> None:
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            try:
                row = json.loads(line)
            except ValueError:
                continue  # a library's chatter
            if isinstance(row, dict):
                heard(row)


def _end(process: subprocess.Popen[str]) -> None:
    """Wait for the trainer; one that is still there when nobody listens any more is ended."""
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _told_error(text: str, code: int) -> KidViewError:
    """The trainer's sentence, or its last line where it gave none."""
    if code < 0:
        return ModelError(
            "the trainer was ended from outside, perhaps for want of memory",
            "close other programs and teach again under the same name: it goes on",
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = next((line for line in reversed(lines) if line.startswith("error: ")), "")
    what, _, hint = said.removeprefix("error: ").partition(" - ")
    if what:
        return ModelError(what, hint or "look at the log")
    last = lines[-1] if lines else "it said nothing"
    return ModelError(f"the trainer ended with a fault: {last}", "report it, with the log")
