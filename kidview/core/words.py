"""Numbers in sentences."""

from __future__ import annotations


def count_of(count: int, noun: str) -> str:
    """ "1 image", "2 images": a count with its noun.

    Parameters
    ----------
    count : int
    noun : str
        In the singular; takes an s.
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"
