"""KiTS23's public images beside its label maps: resumed, checked, never half there."""

from __future__ import annotations

import gzip
import os
import time
import urllib.error
import urllib.request
import zlib
from http.client import HTTPException
from pathlib import Path
from typing import Annotated

import typer

from kidview.core.errors import ReadError, SettingError, WriteError
from trainer.data.places import make_folder

# The challenge's own place for them. Source: github.com/neheller/kits23, README and download.py.
ADDRESS = "https://huggingface.co/datasets/neheller/KiTS-Challenge-Imaging/resolve/main/images"
TRAINING_CASES = (*range(300), *range(400, 589))
_CHUNK = 1 << 20
_TRIES = 4
_TIMEOUT_S = 60.0


def fetch(address: str, target: Path, pause_s: float = 5.0) -> str:
    """Get one gzipped file; goes on where an earlier try ended.

    Parameters
    ----------
    address : str
    target : Path
        Appears whole, after its checksum (gzip's own CRC) was right, or not at all; until then
        ``target.partial`` holds what came.
    pause_s : float
        Waited before another try.

    Returns
    -------
    str
        "there" if it was there already, else "fetched".

    Raises
    ------
    ReadError
        The server does not give it, or gave something damaged.
    WriteError
        It cannot be written.
    """
    if target.exists():
        return "there"
    partial = target.with_name(target.name + ".partial")
    for attempt in range(_TRIES):
        try:
            _append(address, partial)
            break
        except urllib.error.HTTPError as error:
            if error.code == 416:  # nothing is left to get
                break
            if attempt == _TRIES - 1 or error.code in (401, 403, 404):
                hint = "check the address, or try again later"
                raise ReadError(
                    f"the server answers {error.code} for {target.name}", hint
                ) from error
        except (urllib.error.URLError, TimeoutError, ConnectionError, HTTPException) as error:
            if attempt == _TRIES - 1:
                raise ReadError(
                    f"{target.name} could not be fetched", "check the network; it will be resumed"
                ) from error
        time.sleep(pause_s)
    if not is_whole_gzip(partial):
        partial.unlink()
        raise ReadError(f"{target.name} arrived damaged", "fetch it again")
    os.replace(partial, target)
    return "fetched"


def _append(address: str, partial: Path) -> None:
    """Ask for what is missing; a server that cannot resume sends all again."""
    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        is_rest = answer.status == 206
        promised = int(answer.headers.get("Content-Length", 0))
        came = 0
        try:
            with partial.open("ab" if is_rest else "wb") as stream:
                while block := answer.read(_CHUNK):
                    stream.write(block)
                    came += len(block)
        except OSError as error:
            if isinstance(error, ConnectionError | TimeoutError):
                raise
            raise WriteError(f"cannot write {partial.name}", "check the disk") from error
    if promised and came < promised:
        raise ConnectionError("the connection ended early")


def is_whole_gzip(path: Path) -> bool:
    """Whether a file unpacks to its end with the right CRC."""
    try:
        with gzip.open(path) as stream:
            while stream.read(_CHUNK):
                pass
    except (OSError, EOFError, zlib.error):
        return False
    return True


def run_download(
    folder: Annotated[Path, typer.Argument(help="as in KiTS23: holds or gets case_00000 ...")],
    address: Annotated[str, typer.Option(help="where the images are")] = ADDRESS,
    cases: Annotated[int, typer.Option(min=0, help="only the first so many; 0 is all 489")] = 0,
    pause_s: Annotated[float, typer.Option(min=0, help="seconds before another try")] = 5.0,
) -> None:
    """Fetch KiTS23's images (CC BY-NC-SA 4.0, about 50 GB); can be stopped and started again.

    Label maps come with the challenge's git repository and are not fetched here.
    """
    if not address.startswith(("https://", "http://")):
        raise SettingError(f"'{address}' is no address of the web", "begin it with https://")
    numbers = TRAINING_CASES[: cases or None]
    for place, number in enumerate(numbers, 1):
        name = f"case_{number:05d}"
        target = folder / name / "imaging.nii.gz"
        make_folder(target.parent)
        done = fetch(f"{address}/{name}.nii.gz", target, pause_s)
        print(f"{place}/{len(numbers)} {name}: {done}", flush=True)
