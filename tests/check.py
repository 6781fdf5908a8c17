"""Every check there is, in one command: ``python tests/check.py``.

All of them run even when one fails, so one run tells all there is to mend. Words after the
command go to pytest: ``python tests/check.py tests/io -k axis``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent  # not resolved: the links of a virtual environment matter

CHECKS = {
    "ruff check": [str(BIN / "ruff"), "check", "."],
    "ruff format": [str(BIN / "ruff"), "format", "--check", "."],
    "mypy": [str(BIN / "mypy")],
    "import-linter": [str(BIN / "lint-imports"), "--no-logo"],
    "pytest": [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"],
}


def main(more: list[str]) -> int:
    """Run the checks in order; 0 when all passed."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    rows = []
    for name, command in CHECKS.items():
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        given = more if name == "pytest" else []
        done = subprocess.run([*command, *given], cwd=ROOT, env=environment, check=False)
        rows.append((name, done.returncode, time.monotonic() - started))
    print("\n== summary")
    for name, code, elapsed_s in rows:
        print(f"{'passed' if code == 0 else 'FAILED':8}{name:16}{elapsed_s:7.1f} s")
    failed = [name for name, code, _ in rows if code != 0]
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
