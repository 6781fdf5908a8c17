"""Where a run lives, how long it takes, and its clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """Where a run lives and how long it takes.

    Parameters
    ----------
    out : Path
        Folder of the checkpoint.
    minutes : float
        Time of the whole run, resumptions included.
    resume : bool
        Go on from the checkpoint in `out`, where there is one.
    init : Path, optional
        Folder of a run of the same network whose averaged weights this one begins with.
    device : str
        "auto", "cpu" or "cuda".
    sitting_minutes : float, optional
        End this sitting after that long, with a checkpoint to resume from.
    validate_minutes, save_minutes, report_s : float
        How often.
    first_samples : int
        Samples awaited before the first step.
    validation_samples : int
        How many of the held-back samples are scored; 0 where there can be none.
    replay_share : float
        Share of the patches that come from the replayed samples, where there are any.
    steps : int, optional
        The run is over after so many, even before its time: makes runs alike on a busy machine.
    wait_s : float
        How long a pool may stay short of its first samples.
    """

    out: Path
    minutes: float
    resume: bool = False
    init: Path | None = None
    device: str = "auto"
    sitting_minutes: float | None = None
    validate_minutes: float = 8.0
    save_minutes: float = 3.0
    report_s: float = 20.0
    first_samples: int = 20
    validation_samples: int = 16
    replay_share: float = 0.5
    wait_s: float = 3600.0
    steps: int | None = None

    def done(self, step: int, clock: Clock) -> float:
        """Share of the run that is over, 0 to 1 and beyond; the learning rate follows it."""
        return max(clock.progress, step / self.steps if self.steps else 0.0)


class Clock:
    """Time of a run over all its sittings.

    Parameters
    ----------
    before_s : float
        Of earlier sittings.
    minutes : float
        Of the whole run.
    """

    def __init__(self, before_s: float, minutes: float) -> None:
        self._before_s = before_s
        self._whole_s = 60 * minutes
        self._began = time.monotonic()
        self._last: dict[str, float] = {}

    @property
    def elapsed_s(self) -> float:
        """Since the run began, times between sittings left out."""
        return self._before_s + time.monotonic() - self._began

    @property
    def progress(self) -> float:
        """Share of the time gone, 0 to 1 and beyond."""
        return self.elapsed_s / self._whole_s

    @property
    def sitting_s(self) -> float:
        """Since this sitting began."""
        return time.monotonic() - self._began

    @property
    def left_s(self) -> float:
        """Until the end of the run."""
        return max(self._whole_s - self.elapsed_s, 0.0)

    def is_due(self, what: str, every_s: float) -> bool:
        """Whether that long has passed since this last was due (or since the beginning)."""
        now = time.monotonic()
        if now - self._last.get(what, self._began) < every_s:
            return False
        self._last[what] = now
        return True
