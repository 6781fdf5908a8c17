"""A fault of the program itself: the traceback into a log, a sentence for the user.

It imports what it needs only when there was one, so that a command starts at once.
"""

from __future__ import annotations

from pathlib import Path


def keep_fault(error: Exception, program: str, log_file: str) -> tuple[str, str]:
    """Write the traceback of an unexpected error to the log.

    Parameters
    ----------
    error : Exception
    program : str
        As users call it.
    log_file : str
        Name of the log, in the user's folder for logs.

    Returns
    -------
    str, str
        What and hint, as an expected error has them.
    """
    import logging

    import platformdirs

    what = f"{program} met a fault of its own ({type(error).__name__})"
    log = Path(platformdirs.user_log_dir("kidview", appauthor=False)) / log_file
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(log, encoding="utf-8")
    except OSError:
        return what, f"no log could be written to {log.parent}"
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    record = logging.getLogger(program).makeRecord(
        program, logging.ERROR, __file__, 0, "unexpected",
        (), (type(error), error, error.__traceback__),
    )  # fmt: skip
    handler.handle(record)
    handler.close()
    return what, f"please report it with {log}"
