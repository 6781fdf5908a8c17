"""Whether there is a screen to open a window on."""

from __future__ import annotations

import ctypes
import os
import sys

_SCREENLESS = ("offscreen", "minimal")  # QT_QPA_PLATFORM says so, and nothing is seen


def has_display() -> bool:
    """Whether a window would be seen; always so where it is not up to an X or Wayland server."""
    if not sys.platform.startswith("linux"):
        return True
    platform = os.environ.get("QT_QPA_PLATFORM")
    if platform is not None and platform.split(":")[0] in _SCREENLESS:
        return False
    if platform and platform.split(":")[0] not in ("xcb", "wayland"):
        return True  # vnc, linuxfb, eglfs: the user knows
    return bool(os.environ.get("WAYLAND_DISPLAY")) or _answers_x()


def _answers_x() -> bool:
    """Whether DISPLAY names an X server that lets us in; Qt would abort on one that does not."""
    if not os.environ.get("DISPLAY"):
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # no way to ask
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    is_refused = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not is_refused
