"""Which KiTS23 shapes train and which are held back: fixed for all time by a hash.

The hash of the case's name decides, so that the split needs no list, never depends on the
order of files and stays when cases are added. Of the 439 shapes at hand 46 are held back.
"""

from __future__ import annotations

import hashlib

HELD_BACK_SHARE = 30  # of 256 hash values, about one case in nine


def is_held_back(case: str) -> bool:
    """Whether a shape case, such as "case_00012", is kept out of training."""
    first = hashlib.sha256(f"kidview split 1 {case}".encode()).digest()[0]
    return first < HELD_BACK_SHARE
