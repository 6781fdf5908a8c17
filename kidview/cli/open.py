"""kidview [PATH ...]: the window, or without a screen the demonstration's results as files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kidview.cli.display import has_display
from kidview.core.errors import BrokenFile, KidViewError


def open_window(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="a scan, perhaps with its label map")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="open the demonstration case with the model's result")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="with --demo: no window, but mask, measurements and a picture in here"),
    ] = None,
) -> None:
    """Open the window; --demo without a screen leaves its results in the folder out."""
    given = [path.absolute() for path in paths or []]
    for path in given:
        if not path.exists():
            raise BrokenFile(f"there is nothing at {path}", "check the path")
    if out is not None and not demo:
        raise typer.BadParameter("--out belongs to --demo")
    if not has_display():
        if not demo:
            raise KidViewError(
                "there is no screen to open a window on",
                "use 'kidview segment', or 'kidview --help' for the other verbs",
            )
        out = out or Path("out")
        print(f"no screen: doing the same without a window, results go to {out}/", file=sys.stderr)
    from kidview.ui.app import main  # Qt is loaded only when a window is wanted

    raise typer.Exit(main(given, demo=demo, out=out))
