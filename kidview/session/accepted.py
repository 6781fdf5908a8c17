"""A network's proposal that became labels, and which network it was."""

from __future__ import annotations

from dataclasses import dataclass

from kidview.cases import Author
from kidview.segment import Proposal


@dataclass(frozen=True, eq=False)
class Accepted:
    """What a case keeps as its prediction."""

    proposal: Proposal
    author: Author
