"""A name for a patient that tells nothing of them and stays the same.

A keyed hash (HMAC-SHA256) of the patient's number, cut to 40 bits and written in 8 signs that
are hard to mix up. The key is drawn once for a store and lies beside its cases; without it
nobody can try out numbers. The chance that two of 10,000 patients share a pseudonym is 1 in
20,000.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from pathlib import Path

from kidview.core.errors import CaseError, WriteError
from kidview.io import write_atomically

KEY_FILE = "pseudonym.key"
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_LENGTH = 8


def pseudonym(key: bytes, patient: str) -> str:
    """The pseudonym of whatever tells patients apart.

    Parameters
    ----------
    key : bytes
        The store's.
    patient : str
        Same text, same pseudonym.

    Returns
    -------
    str
        Such as "P-7F3A2C9K".
    """
    number = int.from_bytes(hmac.digest(key, patient.encode(), "sha256"))
    number >>= 256 - 5 * _LENGTH
    signs = [_SIGNS[(number >> 5 * place) & 31] for place in reversed(range(_LENGTH))]
    return "P-" + "".join(signs)


def read_key(folder: Path, *, may_draw: bool) -> bytes:
    """The store's key.

    Parameters
    ----------
    folder : Path
        The store.
    may_draw : bool
        Draw one where there is none. Only right for a store without cases: with another key
        the next scan of a known patient would count as another patient's.

    Raises
    ------
    CaseError
        The key is missing or damaged.
    WriteError
        It cannot be written.
    """
    path = folder / KEY_FILE
    if may_draw and not path.exists():
        write_atomically(path, ".key", _draw, _check, overwrite=False)
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        text = ""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise CaseError(
            f"the store's {KEY_FILE} is missing or damaged, so known patients would not be known",
            "take it from a backup, or begin another store",
        )
    return bytes.fromhex(text)


def _draw(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32) + "\n")


def _check(path: Path) -> None:
    if len(path.read_text(encoding="ascii").strip()) != 64:
        raise WriteError(f"{KEY_FILE} reads back different", "save the cases elsewhere")
