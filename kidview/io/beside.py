"""What is being made beside its place: under which name, and what a killed program left of it."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

_NAME = re.compile(r"\.kidview-(?P<machine>[0-9a-f]{8})-(?P<pid>[1-9]\d{0,8})-[0-9a-f]{12}(\..+)?")


def name_beside(path: Path, suffix: str = "") -> Path:
    """A hidden name beside `path`, which tells the process that makes it."""
    made_by = f"{_machine()}-{os.getpid()}"
    return path.with_name(f".kidview-{made_by}-{secrets.token_hex(6)}{suffix}")


def sweep_beside(path: Path) -> None:
    """Remove what processes of this machine that are gone left half made beside `path`.

    Whatever a living process makes stays, and so does what another machine made in a folder
    they share: whether that one lives cannot be seen from here.
    """
    with suppress(OSError):
        for left in path.parent.iterdir():
            told = _NAME.fullmatch(left.name)
            if told and told["machine"] == _machine() and not _is_alive(int(told["pid"])):
                _remove(left)


def _remove(left: Path) -> None:
    if left.is_dir() and not left.is_symlink():
        shutil.rmtree(left, ignore_errors=True)
    else:
        with suppress(OSError):
            left.unlink()


def _is_alive(pid: int) -> bool:
    """Whether there is a process with that number; one that cannot be asked counts as alive."""
    if os.name == "nt":
        return True  # there `os.kill` ends the process it asks
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


@functools.cache
def _machine() -> str:
    """Where process numbers mean the same: this machine, and in it this container."""
    told = platform.node()
    with suppress(OSError):
        told += f" {os.stat('/proc/self/ns/pid').st_ino}"
    return hashlib.sha256(told.encode()).hexdigest()[:8]
