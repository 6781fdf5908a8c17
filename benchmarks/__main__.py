"""Run every benchmark, one after the other: ``python -m benchmarks [SCAN]``.

Without a scan the ones that read a file get the demonstration case.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

TAKES_SCAN = {
    "opening": True,
    "scrolling": False,
    "oblique": False,
    "painting": False,
    "journal": False,
    "saving": False,
    "worklist": False,
    "measuring": False,
    "measure": False,
    "segmenting": True,
    "backends": True,
    "gui_stall": True,
}  # module of this folder -> whether it is given a scan


def main(words: list[str]) -> int:
    """Exit code of the worst one."""
    with tempfile.TemporaryDirectory() as folder:
        scan = Path(words[0]) if words else _demonstration(Path(folder))
        worst = 0
        for name, takes_scan in TAKES_SCAN.items():
            print(f"\n== {name}", flush=True)
            given = [str(scan)] if takes_scan else []
            command = [sys.executable, "-m", f"benchmarks.{name}", *given]
            worst = max(worst, subprocess.run(command, check=False).returncode)
    return worst


def _demonstration(folder: Path) -> Path:
    """The phantom as a file."""
    from kidview.core.task import Task
    from kidview.demo import make_phantom
    from kidview.io import write_scan

    target = folder / "demonstration.nii.gz"
    write_scan(make_phantom()[0], target, task=Task())
    return target


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
