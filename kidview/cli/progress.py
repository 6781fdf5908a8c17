"""How far slow work is, on one line of the terminal."""

from __future__ import annotations

import sys
import time

from kidview.core.task import Task


def told(json_output: bool) -> Task:
    """A task that tells its progress, unless nobody would see it or JSON was asked for."""
    return Task() if json_output or not sys.stderr.isatty() else _Told()


class _Told(Task):
    """Progress on one line of the terminal, at most five times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._last_s = 0.0

    def report(self, fraction: float, note: str = "") -> None:
        """Write how far it is over the line before."""
        super().report(fraction, note)
        is_over = fraction >= 1.0
        if is_over or time.monotonic() - self._last_s > 0.2:
            self._last_s = time.monotonic()
            line = "" if is_over else f"{100 * fraction:3.0f} %  {self.note}"
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
