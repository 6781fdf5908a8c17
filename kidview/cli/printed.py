"""What a verb prints on stdout, at once, so that it is there whatever comes next."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

from kidview.core.errors import WriteError


def put(words: str) -> None:
    """Print words as they are and let them out.

    Parameters
    ----------
    words : str
        With their own line ends.

    Raises
    ------
    WriteError
        Whatever stdout leads to takes no more.
    """
    try:
        sys.stdout.write(words)
        sys.stdout.flush()
    except OSError as error:
        _let_go()
        raise _as_sentence(error) from error


def _as_sentence(error: OSError) -> WriteError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WriteError(
            "the disk is full, so the output is not whole", "free some space or write elsewhere"
        )
    if isinstance(error, BrokenPipeError):
        return WriteError("what reads the output has stopped", "let it read to the end")
    reason = error.strerror or str(error)
    return WriteError(f"the output could not be written ({reason})", "write it elsewhere")


def _let_go() -> None:
    """Lead stdout nowhere: what is left in it would be tried once more at the end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
