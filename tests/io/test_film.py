"""A film in a file, read again by Pillow and PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from kidview.core.errors import WriteError
from kidview.core.task import Cancelled, Task
from kidview.io import film
from kidview.io.film import FilmShape, Frame, check_film, delays_cs, write_film

SHAPE = FilmShape(64, 48, 12, 15)


def frames(shape: FilmShape = SHAPE) -> Iterator[Frame]:
    """Greys that grow to the right, and a coloured bar that wanders down."""
    grey = np.linspace(20, 230, shape.width).astype(np.uint8)
    for number in range(shape.frames):
        frame = np.repeat(np.tile(grey, (shape.height, 1))[..., None], 3, axis=2)
        frame[3 * number : 3 * number + 6, 10:40] = (86, 180, 233)
        yield frame


def read_gif(path: Path) -> tuple[list[Frame], list[int]]:
    """Frames, and how long each stays (ms)."""
    found, delays = [], []
    with Image.open(path) as gif:
        assert gif.info["loop"] == 0
        for number in range(gif.n_frames):  # type: ignore[attr-defined]
            gif.seek(number)
            found.append(np.asarray(gif.convert("RGB")))
            delays.append(gif.info["duration"])
    return found, delays


@pytest.mark.parametrize("fps", [5, 12, 15, 30])
def test_a_gif_has_the_frames_and_the_pace(tmp_path: Path, fps: int) -> None:
    path, shape = tmp_path / "a.gif", FilmShape(64, 48, 12, fps)
    assert write_film(path, frames(shape), shape, overwrite=False) == path.stat().st_size
    found, delays = read_gif(path)
    assert sum(delays) == round(100 * 12 / fps) * 10 and max(delays) - min(delays) <= 10
    for one, wanted in zip(found, frames(shape), strict=True):
        assert np.abs(one.astype(int) - wanted).max() <= 4  # of 256 colours


@pytest.mark.parametrize("fps", [5, 12, 30])
def test_an_mp4_has_the_frames_and_the_pace(tmp_path: Path, fps: int) -> None:
    path, shape = tmp_path / "a.mp4", FilmShape(64, 48, 12, fps)
    write_film(path, frames(shape), shape, overwrite=False)
    with av.open(str(path)) as read:
        stream = read.streams.video[0]
        assert stream.codec_context.name == "h264" and stream.average_rate == Fraction(fps)
        found = list(read.decode(stream))
        assert [float(one.time) for one in found] == pytest.approx([n / fps for n in range(12)])
        assert set(read.metadata) <= {
            "major_brand",
            "minor_version",
            "compatible_brands",
            "encoder",
        }
    for one, wanted in zip(found, frames(shape), strict=True):
        error = np.abs(one.to_ndarray(format="rgb24").astype(int) - wanted)
        assert error.mean() < 3, "grey and colour as they were"


def test_frames_that_do_not_differ_still_last(tmp_path: Path) -> None:
    path, shape = tmp_path / "a.gif", FilmShape(8, 8, 5, 10)
    write_film(path, [np.zeros((8, 8, 3), np.uint8)] * 5, shape, overwrite=False)
    assert sum(read_gif(path)[1]) == 500


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_a_cancel_leaves_no_file(tmp_path: Path, suffix: str) -> None:
    task = Task()

    def stopped() -> Iterator[Frame]:
        for number, frame in enumerate(frames()):
            if number == 6:
                task.cancel()
            yield frame

    with pytest.raises(Cancelled):
        write_film(tmp_path / f"a{suffix}", stopped(), SHAPE, overwrite=False, task=task)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
@pytest.mark.parametrize("count", [11, 13])
def test_another_number_of_frames_is_no_film(tmp_path: Path, suffix: str, count: int) -> None:
    given = list(frames(FilmShape(64, 48, count, 15)))
    with pytest.raises((WriteError, ValueError)):
        write_film(tmp_path / f"a{suffix}", iter(given), SHAPE, overwrite=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_a_folder_that_is_not_there_is_told_in_one_sentence(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(WriteError, match="does not exist"):
        write_film(tmp_path / "none" / f"a{suffix}", frames(), SHAPE, overwrite=False)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no folder that nobody may write to")
@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(suffix: str) -> None:
    with pytest.raises(WriteError, match="could not be written|may not be written"):
        write_film(Path("/proc/self") / f"a{suffix}", frames(), SHAPE, overwrite=False)


def test_neither_another_file_nor_the_scan_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"other")
    with pytest.raises(WriteError, match="exists already"):
        write_film(path, frames(), SHAPE, overwrite=False)
    with pytest.raises(WriteError, match="the scan itself"):
        write_film(path, frames(), SHAPE, overwrite=True, protected=(path,))
    assert path.read_bytes() == b"other" and len(list(tmp_path.iterdir())) == 1


def test_what_cannot_be_made_is_told_before(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WriteError, match="neither GIF nor MP4"):
        check_film(Path("a.avi"), SHAPE)
    with pytest.raises(WriteError, match="too large for a GIF"):
        check_film(Path("a.gif"), FilmShape(2000, 2000, 200, 15))
    monkeypatch.setattr(film, "can_write_mp4", lambda: False)
    with pytest.raises(WriteError, match="needs the package av"):
        check_film(Path("a.mp4"), SHAPE)


def test_delays_add_up() -> None:
    for fps in range(5, 31):
        delays = delays_cs(FilmShape(2, 2, 90, fps))
        assert len(delays) == 90 and sum(delays) == round(9000 / fps)
        assert max(delays) - min(delays) <= 1
