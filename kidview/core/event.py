"""The one kind of event: a list of callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Event(Generic[T]):
    """Callbacks called in order with one value.

    Examples
    --------
    >>> changed: Event[int] = Event()
    >>> disconnect = changed.connect(print)
    >>> changed.emit(3)
    3
    >>> disconnect()
    """

    def __init__(self) -> None:
        self._callbacks: list[Callable[[T], None]] = []

    def connect(self, callback: Callable[[T], None]) -> Callable[[], None]:
        """Call `callback` on each emit; returns the function that ends it."""
        self._callbacks.append(callback)

        def disconnect() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return disconnect

    def emit(self, value: T) -> None:
        """Call every callback with `value`; an exception reaches the emitter."""
        for callback in tuple(self._callbacks):
            callback(value)
