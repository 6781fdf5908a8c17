"""What it costs that no stroke is lost: of a dab, of opening, of restoring.

Run: ``python -m benchmarks.journal [--repeat 60] [--strokes 2000]``

On labels of 512 x 512 x 600 voxels of 0.8 x 0.8 x 1.0 mm, with the journal in the folder for
temporary files (`TMPDIR` names another disk). "GUI" is how long the window waits, "CPU" what of
that it works itself; "written" is how long after the stroke a kill of the program loses it no
more, "on disk" a power cut.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks.painting import SHAPE, in_words, open_session, timed
from kidview.core.labels import LabelMap
from kidview.edit.tools.brush import brush
from kidview.session import Change, Session
from kidview.session.past import load_past
from kidview.session.recording import Keeping, Recorder
from kidview.session.work_folder import LABELS, WorkFolder
from kidview.ui.jobs import Line


class Timed(Recorder):
    """A recorder that tells how long the window waited for it."""

    gui_ms = cpu_ms = 0.0

    def _on_change(self, change: Change) -> None:
        start = time.thread_time()
        self.gui_ms += timed(lambda: super(Timed, self)._on_change(change))
        self.cpu_ms += 1000 * (time.thread_time() - start)


class Stage:
    """A session that is recorded by threads as in the program."""

    def __init__(self, session: Session, work: Path) -> None:
        self.session, self.work = session, work
        self.line, self.slow_line = Line("journal"), Line("labels")
        self.recorder = Timed(session, work, self.line, self.slow_line, self.told)
        self.written_s = self.on_disk_s = 0.0
        self.lasted = threading.Event()
        append, flush = WorkFolder.append, WorkFolder.flush

        def append_and_tell(folder: WorkFolder, record: object) -> None:
            append(folder, record)  # type: ignore[arg-type]
            self.written_s = time.perf_counter()

        def flush_and_tell(folder: WorkFolder) -> None:
            flush(folder)
            self.on_disk_s = time.perf_counter()

        WorkFolder.append, WorkFolder.flush = append_and_tell, flush_and_tell  # type: ignore[method-assign, assignment]

    @staticmethod
    def told(keeping: Keeping) -> None:
        if keeping.error is not None:
            raise keeping.error

    @property
    def journal(self) -> Path:
        (path,) = self.work.glob("*/*.journal")
        return path

    def wait(self) -> None:
        """Until both lines have done their works."""
        for line in (self.line, self.slow_line):
            self.lasted.clear()
            line.put(self.lasted.set)
            self.lasted.wait()


def dabs(stage: Stage, radius_mm: float, axis: int | None, repeat: int) -> str:
    """A row of the first table."""
    session = stage.session
    assert session.volume is not None
    geometry, rng = session.volume.geometry, np.random.default_rng(1)
    gui, cpu, written, on_disk, undos, sizes = [], [], [], [], [], []
    for n in range(repeat):
        z, y, x = (float(v) for v in rng.uniform(80, np.array(SHAPE) - 80))
        edit = brush((z, y, x), (z, y, x), radius_mm, 1 + n % 3, geometry, axis)
        size = stage.journal.stat().st_size
        stage.recorder.gui_ms = stage.recorder.cpu_ms = 0.0
        session.edit("Brush, tumour", edit, tool="brush")
        start = time.perf_counter()
        gui.append(stage.recorder.gui_ms)
        cpu.append(stage.recorder.cpu_ms)
        stage.wait()
        written.append(1000 * (stage.written_s - start))
        on_disk.append(1000 * (stage.on_disk_s - start))
        sizes.append(stage.journal.stat().st_size - size)
        undos.append(timed(session.undo))
        session.redo()
        stage.wait()
    name = f"{'ball' if axis is None else 'disc'} of {radius_mm:.0f} mm"
    kb = np.median(sizes) / 1000
    return (
        f"| {name} | {in_words(gui)} | {np.median(cpu):.2f} | "
        f"{in_words(written)} | {in_words(on_disk)} | {in_words(undos)} | {kb:.2f} |"
    )


def restore(stage: Stage, strokes: int) -> None:
    """Paint many strokes, then play the journal again with and without its copy of labels."""
    session, rng = stage.session, np.random.default_rng(2)
    assert session.volume is not None and session.labels is not None
    geometry = session.volume.geometry
    for n in range(strokes):
        z, y, x = (float(v) for v in rng.uniform(80, np.array(SHAPE) - 80))
        session.begin_stroke("Brush, tumour", "brush")
        for k in range(10):
            at = (z, y, x + 3 * k)
            session.add_to_stroke(brush(at, at, 6.0, 1 + n % 3, geometry, 0))
        session.end_stroke()
        if n % 100 == 0:
            stage.wait()
    stage.wait()
    size = stage.journal.stat().st_size / 1e6
    print(f"\n{strokes} strokes of 10 discs of 6 mm: journal of {size:.1f} MB")
    for what in ("with its copy of the labels", "from the start"):
        start = time.perf_counter()
        past = load_past(stage.journal)
        print(f"- restored {what}: {time.perf_counter() - start:.2f} s")
        same(past.labels, session)
        stage.journal.with_suffix(LABELS).unlink(missing_ok=True)


def same(labels: LabelMap, session: Session) -> None:
    """A benchmark that restores something else measures nothing."""
    assert session.labels is not None
    if not np.array_equal(labels.array, session.labels.array):
        raise SystemExit("error: the labels restored are others - this is a fault, report it")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=60)
    parser.add_argument("--strokes", type=int, default=2000)
    words = parser.parse_args()
    session = open_session()
    assert session.volume is not None
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(session, Path(folder) / "work" / "me")
        start = time.perf_counter()
        session.open(session.volume)
        gui_ms, cpu_ms = stage.recorder.gui_ms, stage.recorder.cpu_ms
        stage.wait()
        begun_s = time.perf_counter() - start
        print("| what | GUI ms, median | p95 | CPU ms | written ms | p95 | on disk ms | p95 "
              "| undo ms | p95 | kB a dab |")  # fmt: skip
        print(f"|{'---|' * 11}")
        for radius_mm, axis in ((6.0, 0), (6.0, None), (25.0, 0), (25.0, None)):
            print(dabs(stage, radius_mm, axis, words.repeat), flush=True)
        print(f"\nopening: {gui_ms:.2f} ms of the window (CPU {cpu_ms:.2f}), "
              f"journal begun after {begun_s:.2f} s")  # fmt: skip
        restore(stage, words.strokes)
        stage.recorder.close()
        stage.wait()


if __name__ == "__main__":
    main()
