"""What Ctrl+C must not cut in two: a step of the optimiser, a checkpoint."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unbroken() -> Iterator[None]:
    """Let Ctrl+C, and every signal that is taken for it, wait for the end of the block."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Ctrl+C is never raised here, and only the main thread may set handlers
        return
    asked: list[int] = []
    both = (signal.SIGINT, signal.SIGTERM)
    mine = [one for one in both if signal.getsignal(one) is signal.default_int_handler]
    for one in mine:
        signal.signal(one, lambda number, _: asked.append(number))
    try:
        yield
    finally:
        for one in mine:
            signal.signal(one, signal.default_int_handler)
    if asked:
        raise KeyboardInterrupt
