"""Where the user's case store is, if no other folder is named."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

FOLDER_VARIABLE = "KIDVIEW_DATA_DIR"


def user_store() -> Path:
    """``cases`` in the user's folder for data; the environment may name another folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    data = Path(named) if named else Path(platformdirs.user_data_dir("kidview", appauthor=False))
    return data / "cases"
