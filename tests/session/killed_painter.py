"""Paints random strokes until it is killed: ``python killed_painter.py WORK TIMES SEED``.

Forks a painter TIMES times and kills each with SIGKILL, a random time after a random number of
operations. For each prints how many it had reported as kept, -1 for not even the opening.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.edit import Edit
from kidview.session import Session, recording
from kidview.session.recording import Recorder
from kidview.ui.jobs import Line

SHAPE = (24, 48, 48)
GRID = Geometry.straight(SHAPE, (2.0, 1.0, 1.0))
MOST_OPERATIONS, LONGEST_S = 12, 0.04


def scan(number: int) -> Volume:
    """One of many scans, each with a path of its own."""
    order = AxisOrder((2, 1, 0), (False, False, False))
    source = Source(Path(f"scan-{number}.nii.gz"), "NIfTI", order, np.eye(4))
    return Volume(np.zeros(SHAPE, np.int16), GRID, source)


def operate(session: Session, randomly: np.random.Generator, number: int) -> None:
    """A stroke of some dabs, large and hard to pack now and then; or an undo, or a redo."""
    what = randomly.random()
    if what < 0.2 and session.undo():
        return
    if what < 0.3 and session.redo():
        return
    session.begin_stroke(f"Stroke {number}", "brush")
    side = 20 if randomly.random() < 0.2 else 6
    for _ in range(int(randomly.integers(1, 4))):
        z, y, x = (int(n) for n in randomly.integers(0, np.array(SHAPE) - side + 1))
        box = Box((z, y, x), (z + side, y + side, x + side))
        labels = randomly.integers(0, 4, box.shape).astype(np.uint8)
        session.add_to_stroke(Edit(box, np.ones(box.shape, bool), labels))
    session.end_stroke()


def paint(work: Path, number: int, pipe: int) -> None:
    """Operate for ever; tells the number of each operation once it is in the journal."""
    recording.APPENDED_TO_LABELS = 20
    session, line = Session(), Line("journal")
    Recorder(session, work, line, Line("labels"), lambda keeping: None)
    randomly = np.random.default_rng(number)
    session.open(scan(number))
    done = 0
    while True:
        tell(line, pipe, done)
        done += 1
        operate(session, randomly, done)


def tell(line: Line, pipe: int, number: int) -> None:
    """Wait until an operation is in the journal, as any hand does, and say so."""
    is_kept = threading.Event()

    def kept() -> None:
        os.write(pipe, number.to_bytes(4, "little"))
        is_kept.set()

    line.put(kept)
    is_kept.wait()


def main() -> None:
    """Fork, wait, kill, tell."""
    work, times, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    moments = random.Random(seed)
    for number in range(times):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            paint(work, number, write)
        os.close(write)
        told, wanted = b"", moments.randint(-1, MOST_OPERATIONS)
        while len(told) < 4 * (wanted + 1):
            told += os.read(read, 4)
        time.sleep(moments.uniform(0.0, LONGEST_S))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while part := os.read(read, 65536):
            told += part
        os.close(read)
        last = int.from_bytes(told[-4:], "little") if told else -1
        print(last, flush=True)


if __name__ == "__main__":
    main()
