"""A film in a file: GIF by Pillow, MP4 by PyAV; written beside, read back, moved into place.

MP4 holds H.264, the one codec that slides, browsers and players of every system show. PyAV (BSD,
a wheel of 36 MB) was chosen over imageio-ffmpeg (BSD, 68 MB): it needs no second program, and
what it wrote it also reads back. Its wheel carries FFmpeg (LGPL-3.0) and x264 (GPL-2.0-or-later),
imageio-ffmpeg's an FFmpeg under GPL-3.0, so KidView (Apache-2.0) does not depend on either: MP4
is the extra "mp4". MPEG-4 part 2 needs no x264, but browsers do not show it; VP9 is not shown by
slides and by the players that come with older systems.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kidview.core.errors import WriteError
from kidview.core.task import Task
from kidview.io.atomic import write_atomically

FILM_SUFFIXES = (".gif", ".mp4")
MOST_GIF_BYTES = 600_000_000
"""Pillow holds one byte a pixel of all frames of a GIF until it is written."""

Frame = npt.NDArray[np.uint8]
_QUALITY = "16"  # x264's rate factor: letters and outlines stay sharp
_BT709 = 1  # in FFmpeg's lists of matrices, primaries and transfers; players guess without it


@dataclass(frozen=True)
class FilmShape:
    """What a film is like.

    Parameters
    ----------
    width, height : int
        Pixels, both even: H.264 halves them.
    frames : int
    fps : int
        Frames per second.
    """

    width: int
    height: int
    frames: int
    fps: int

    @property
    def duration_s(self) -> float:
        """How long it runs once."""
        return self.frames / self.fps


def can_write_mp4() -> bool:
    """Whether the extra "mp4" is installed."""
    return importlib.util.find_spec("av") is not None


def check_film(path: Path, shape: FilmShape) -> None:
    """Raise WriteError where a film cannot be made, before anything is drawn.

    Raises
    ------
    WriteError
        No such format, PyAV is missing, or the GIF would not fit into memory.
    """
    suffix = path.suffix.lower()
    if suffix not in FILM_SUFFIXES:
        raise WriteError(f"{path.name} is neither GIF nor MP4", "end its name in .gif or .mp4")
    if suffix == ".mp4" and not can_write_mp4():
        raise WriteError(
            "MP4 needs the package av", "install it with: pip install 'kidview[mp4]', or choose GIF"
        )
    if suffix == ".gif" and shape.width * shape.height * shape.frames > MOST_GIF_BYTES:
        raise WriteError("so long a film is too large for a GIF", "choose MP4 or a smaller size")


def write_film(
    path: Path,
    frames: Iterable[Frame],
    shape: FilmShape,
    *,
    overwrite: bool,
    protected: Iterable[Path] = (),
    task: Task | None = None,
) -> int:
    """Write frames as they come; the file is there whole or not at all.

    Parameters
    ----------
    path : Path
        Its suffix says the format.
    frames : iterable of (height, width, 3) uint8
        Red, green, blue, from the top.
    shape : FilmShape
    overwrite : bool
        Whether `path` may exist.
    protected : paths
        Files that are never replaced.
    task : Task, optional
        Told how many frames are written; notices a cancel.

    Returns
    -------
    int
        Bytes of the file.

    Raises
    ------
    WriteError
        Nothing was changed then, and no temporary file is left.
    """
    check_film(path, shape)
    task, suffix = task or Task(), path.suffix.lower()
    size = 0

    def told() -> Iterator[Frame]:
        for number, frame in enumerate(frames, 1):
            if number > shape.frames or frame.shape != (shape.height, shape.width, 3):
                raise ValueError(f"frame {number} of {shape} is {frame.shape}")
            task.report(0.9 * number / shape.frames, f"{number} of {shape.frames}")
            yield frame

    def write(beside: Path) -> None:
        writer = _write_gif if suffix == ".gif" else _write_mp4
        writer(beside, told(), shape)

    def check(beside: Path) -> None:
        nonlocal size
        task.report(0.95, "reading it back")
        try:
            is_whole = (_is_whole_gif if suffix == ".gif" else _is_whole_mp4)(beside, shape, task)
        except (OSError, ValueError, EOFError):  # PyAV's errors are among them
            is_whole = False
        if not is_whole:
            raise WriteError(f"{path.name} was not written whole", "save it elsewhere")
        size = beside.stat().st_size
        task.check()

    write_atomically(path, suffix, write, check, overwrite=overwrite, protected=protected)
    return size


def delays_cs(shape: FilmShape) -> list[int]:
    """How long each frame of a GIF stays, 1/100 s: whole numbers whose sum is right."""
    ends = [round(100 * number / shape.fps) for number in range(shape.frames + 1)]
    return [end - start for start, end in zip(ends, ends[1:], strict=False)]


def _write_gif(path: Path, frames: Iterator[Frame], shape: FilmShape) -> None:
    from PIL import Image

    reduced = (
        Image.fromarray(frame).quantize(
            256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
        for frame in frames
    )
    next(reduced).save(
        path,
        "GIF",
        save_all=True,
        append_images=reduced,
        duration=[10 * delay for delay in delays_cs(shape)],
        loop=0,
        optimize=False,
    )


def _is_whole_gif(path: Path, shape: FilmShape, task: Task) -> bool:
    """Frames that do not differ are merged, so time counts them."""
    from PIL import Image

    lasted_ms = 0
    with Image.open(path) as film:
        count, size = getattr(film, "n_frames", 1), film.size
        for number in range(count):
            task.check()
            film.seek(number)
            film.load()
            lasted_ms += film.info["duration"]
    lasts_ms = 10 * sum(delays_cs(shape))
    return size == (shape.width, shape.height) and lasted_ms == lasts_ms and count <= shape.frames


def _write_mp4(path: Path, frames: Iterator[Frame], shape: FilmShape) -> None:
    import av

    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as film:
        stream = film.add_stream("libx264", rate=shape.fps)
        stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, "yuv420p"
        stream.options = {"crf": _QUALITY, "preset": "veryfast"}
        told = stream.codec_context
        told.thread_count = 1  # it keeps up with the drawing, and leaves the window its core
        told.colorspace = told.color_primaries = told.color_trc = _BT709
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709"
            )
            frame.pts = number
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def _is_whole_mp4(path: Path, shape: FilmShape, task: Task) -> bool:
    import av

    count = 0
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        is_as_wanted = (stream.width, stream.height) == (shape.width, shape.height)
        is_as_wanted &= stream.average_rate == Fraction(shape.fps)
        for _frame in film.decode(stream):
            task.check()
            count += 1
    return is_as_wanted and count == shape.frames
