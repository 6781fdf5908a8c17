"""The local log: what went on in spite of trouble, and what gave up; no names of patients."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

_BYTES, _KEPT = 512 * 1024, 2
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_to_file(folder: Path) -> None:
    """Send warnings and errors of the program to kidview.log in `folder`, rotated."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        folder / "kidview.log", maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
