"""Pictures of samples, to be looked at beside real scans: `kidview-train montage`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer
from PIL import Image, ImageColor

from kidview.core.errors import ReadError, WriteError
from kidview.core.labels import LABELS
from kidview.core.types import HUArray, LabelArray
from kidview.io import as_write_error
from trainer.data.places import check_file
from trainer.data.pool import Pool

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
_COLOURS = np.array([(0, 0, 0), *(ImageColor.getrgb(row.colour) for row in LABELS)], np.float32)


def tile(hu: HUArray, labels: LabelArray, at: float, coloured: bool) -> npt.NDArray[np.uint8]:
    """One axial slice as a radiologist sees it, window 400/40, patient's right at the left.

    Parameters
    ----------
    at : float
        From 0, the lowest labelled slice, to 1, the highest.

    Returns
    -------
    (Y, X, 3) uint8
    """
    rows = np.flatnonzero(labels.any(axis=(1, 2)))
    k = int(rows[0] + at * (rows[-1] - rows[0])) if len(rows) else int(at * (len(hu) - 1))
    return paint(hu[k], labels[k] if coloured else None)[::-1, ::-1]


def paint(hu: npt.NDArray[np.int16], mask: npt.NDArray[np.uint8] | None) -> npt.NDArray[np.uint8]:
    """(Y, X) HU, window 400/40, with a mask laid over; (Y, X, 3) uint8 in house order."""
    grey = np.clip((hu.astype(np.float32) + 160) / 400 * 255, 0, 255)
    picture = np.repeat(grey[..., None], 3, axis=2)
    if mask is not None:
        picture[mask > 0] = 0.65 * picture[mask > 0] + 0.35 * _COLOURS[mask[mask > 0]]
    return picture.astype(np.uint8)


def montage(folder: Path, count: int, seed: int) -> Image.Image:
    """`count` random samples, three slices each, plain above and with labels below.

    Raises
    ------
    ReadError
        There are none, or one is damaged.
    """
    pool = Pool(folder)
    paths = pool.paths()
    if not paths:
        raise ReadError(f"there are no samples in {folder}", "draw some: kidview-train synth")
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(paths))[:count]
    blocks = []
    for k in chosen:
        item = pool.load(paths[int(k)])
        rows = [
            np.hstack([_padded(tile(item.hu, item.labels, at, c)) for at in (0.25, 0.5, 0.75)])
            for c in (False, True)
        ]
        blocks.append(np.vstack(rows))
    if len(blocks) > 1:
        blocks += [np.zeros_like(blocks[0])] * (len(blocks) % 2)
    pairs = [np.hstack(blocks[k : k + 2]) for k in range(0, len(blocks), 2)]
    return Image.fromarray(np.vstack(pairs))


def _padded(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    out = np.zeros((192, 256, 3), np.uint8)
    y, x = picture.shape[:2]
    top, left = (192 - y) // 2, (256 - x) // 2
    out[top : top + y, left : left + x] = picture
    return out


def run_montage(
    folder: Annotated[Path, typer.Argument(help="a pool")],
    out: Annotated[Path, typer.Argument(help="picture to write, such as look.png")],
    count: Annotated[int, typer.Option(min=1, help="samples shown, two in a row")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="another seed shows others")] = 0,
) -> None:
    """Draw a picture of a pool's samples, to be looked at beside real scans."""
    if out.suffix.lower() not in _PICTURES:
        raise WriteError(f"{out.name} is no picture that is known", f"use {', '.join(_PICTURES)}")
    check_file(out)
    picture = montage(folder, count, seed)
    beside = out.with_name(f"{out.stem}.{os.getpid()}.part{out.suffix}")
    try:
        picture.save(beside)
        os.replace(beside, out)
    except OSError as error:
        raise as_write_error(out, error) from error
    finally:
        beside.unlink(missing_ok=True)
