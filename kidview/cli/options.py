"""Options that several verbs of a group share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Store = Annotated[
    Path | None, typer.Option("--store", help="folder of the cases, else the user's own")
]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object and nothing else")]
