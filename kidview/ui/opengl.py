"""Whether this machine draws with OpenGL, asked of a child process.

A broken driver ends the process that first draws, so another process draws first: it runs
this file, which therefore imports nothing of kidview.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from kidview.core.task import Task

SWITCH = "KIDVIEW_OPENGL"
"""Environment variable; "off" draws nothing in 3D, for machines where a driver misbehaves."""

_TIMEOUT_S = 30.0
_SIDE = 16
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software", "basic render", "gdi")


@dataclass(frozen=True)
class OpenGL:
    """What draws.

    Parameters
    ----------
    renderer : str
        As the driver names itself, such as "llvmpipe (LLVM 15.0.6, 256 bits)".
    """

    renderer: str

    @property
    def is_hardware(self) -> bool:
        """Whether a graphics card draws, and not the processor."""
        name = self.renderer.lower()
        return bool(name) and not any(word in name for word in _SOFTWARE)


def probe_opengl(task: Task) -> OpenGL | None:
    """Let a child process draw; None when it cannot. Belongs in a worker, takes half a second."""
    if os.environ.get(SWITCH, "").lower() in ("off", "0", "no"):
        return None
    return ask_child([sys.executable, "-P", str(Path(__file__))], task)


def ask_child(command: list[str], task: Task, timeout_s: float = _TIMEOUT_S) -> OpenGL | None:
    """Run a command that prints the driver's name once it has drawn.

    Parameters
    ----------
    command : list of str
    task : Task
        A cancel ends the child.
    timeout_s : float
        A child that takes longer is taken for one that cannot draw.
    """
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
        )
    except OSError:
        return None
    with child:
        task.on_cancel(child.kill)
        try:
            output, _nothing = child.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            child.kill()
            return None
        finally:
            task.on_cancel(None)
    task.check()
    return OpenGL(output.strip()) if child.returncode == 0 else None


def off_screen_window() -> vtkRenderWindow:
    """A render window that belongs to no screen: EGL on Linux, with or without an X server."""
    # Importing the module is what registers VTK's OpenGL classes.
    import vtkmodules.vtkRenderingOpenGL2 as gl
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    window = gl.vtkEGLRenderWindow() if sys.platform.startswith("linux") else vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetShowWindow(False)
    window.SetMultiSamples(0)  # four times as fast on a processor
    return window


def _draw_red() -> str | None:
    """The driver's name when a red picture comes out red."""
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
    from vtkmodules.vtkRenderingCore import vtkRenderer

    window = off_screen_window()
    window.SetSize(_SIDE, _SIDE)
    renderer = vtkRenderer()
    renderer.SetBackground(1.0, 0.0, 0.0)
    window.AddRenderer(renderer)
    window.Render()
    pixels = vtkUnsignedCharArray()
    window.GetRGBACharPixelData(0, 0, _SIDE - 1, _SIDE - 1, 1, pixels, 0)
    is_red = [pixels.GetValue(n) for n in range(3)] == [255, 0, 0]
    lines = window.ReportCapabilities().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if "renderer string" in line.lower()]
    window.Finalize()
    return (names or ["unknown"])[0] if is_red else None


if __name__ == "__main__":
    name = _draw_red()
    if name is not None:
        print(name)
    sys.stdout.flush()
    os._exit(0 if name is not None else 1)  # a driver may still crash while it is taken down
