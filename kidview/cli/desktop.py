"""kidview install-desktop and its removal: menu entry, icon and file types for a Linux desktop.

Everything lies under the user's data folder (``$XDG_DATA_HOME``, else ``~/.local/share``). What
was written, files and folders, is kept in a list there, and the removal removes that list.
Source: freedesktop.org, Desktop Entry Specification 1.5 and Shared MIME-info Database.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import typer

from kidview.core.errors import BrokenFile, KidViewError, WriteError
from kidview.core.resources import asset

APP_ID = "io.github.kidview.KidView"  # also what Qt tells the desktop the window belongs to
ICON_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
_LIST = Path("kidview") / "desktop-files.json"
_ENTRY = Path("applications") / f"{APP_ID}.desktop"
_FOLDERS = "inode/directory"


def install_desktop() -> None:
    """Let a double-click on a scan open KidView: menu entry, icon, file types (Linux)."""
    home = data_home()
    before = _default_for(_FOLDERS)
    try:
        _write_all(home)
    except OSError as error:
        raise WriteError(
            f"cannot write to {error.filename or home}", "check the folder's permissions"
        ) from error
    told = _update_databases(home)
    if before not in ("", _ENTRY.name) and _default_for(_FOLDERS) == _ENTRY.name:
        # a folder of DICOM files may be opened with KidView, but folders stay the file manager's
        subprocess.run(["xdg-mime", "default", before, _FOLDERS], check=False)
    typer.echo(
        f"installed: a double-click on .nii, .nii.gz, .nrrd, .mha or DICOM opens KidView{told}"
    )
    typer.echo("remove it with: kidview uninstall-desktop")


def uninstall_desktop() -> None:
    """Remove exactly what install-desktop wrote."""
    home = data_home()
    written = _listed(home)
    if not written["files"]:
        raise KidViewError(
            f"KidView is not installed on the desktop of {home}", "there is nothing to remove"
        )
    try:
        for name in [*written["files"], str(_LIST)]:
            (home / name).unlink(missing_ok=True)
        _drop_generated(home, written["folders"])
        _update_databases(home)
        for name in reversed(written["folders"]):
            if (home / name).is_dir() and not any((home / name).iterdir()):
                (home / name).rmdir()
    except OSError as error:
        raise WriteError(f"cannot remove {error.filename}", "check its permissions") from error
    typer.echo("removed: the menu entry, the icon and the file types")


def data_home() -> Path:
    """The user's data folder; a relative ``XDG_DATA_HOME`` counts as none, as the standard says.

    Raises
    ------
    KidViewError
        This is no system with freedesktop.org entries.
    """
    if not sys.platform.startswith("linux"):
        raise KidViewError(
            "desktop entries belong to Linux", "associate the files in the system's settings"
        )
    named = Path(os.environ.get("XDG_DATA_HOME", ""))
    return named if named.is_absolute() else Path.home() / ".local" / "share"


def entry_text(command: list[str]) -> str:
    """The desktop entry that starts `command` (its first word an absolute path)."""
    text = asset(f"{APP_ID}.desktop").read_text(encoding="utf-8")
    words = " ".join(map(_quoted, command))
    return text.replace("@TRY_EXEC@", _escaped(command[0])).replace("@EXEC@", _escaped(words))


def _quoted(word: str) -> str:
    """One argument of Exec: quoted, its own quotes escaped, % doubled."""
    for character in '\\"`$':
        word = word.replace(character, "\\" + character)
    return '"' + word.replace("%", "%%") + '"'


def _escaped(text: str) -> str:
    """A value of type string, in which a backslash is written twice."""
    return text.replace("\\", "\\\\")


def _command() -> list[str]:
    """What starts this installation's window."""
    program = Path(sysconfig.get_path("scripts")) / "kidview-window"
    return [str(program)] if program.exists() else [sys.executable, "-m", "kidview"]


def _contents() -> dict[Path, bytes]:
    """Every file to write, by its path under the data folder."""
    icons = Path("icons") / "hicolor"
    files = {
        _ENTRY: entry_text(_command()).encode(),
        Path("mime") / "packages" / f"{APP_ID}.xml": asset(f"{APP_ID}.xml").read_bytes(),
        icons / "scalable" / "apps" / f"{APP_ID}.svg": asset("kidview.svg").read_bytes(),
    }
    for size in ICON_SIZES:
        target = icons / f"{size}x{size}" / "apps" / f"{APP_ID}.png"
        files[target] = asset(f"icons/{size}.png").read_bytes()
    return files


def _listed(home: Path) -> dict[str, list[str]]:
    """What an earlier install-desktop wrote, files and folders, by path under the data folder."""
    try:
        kept = json.loads((home / _LIST).read_text(encoding="utf-8"))
        return {"files": list(kept["files"]), "folders": list(kept["folders"])}
    except FileNotFoundError:
        return {"files": [], "folders": []}
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenFile(f"{home / _LIST} is damaged", "delete it and install again") from error


def _write_all(home: Path) -> None:
    """Write the files, and the list of them before the first, so that no stop leaves strangers."""
    files = _contents()
    listed, old = home / _LIST, _listed(home)
    parents = {parent for path in [*files, _LIST] for parent in path.parents} - {Path(".")}
    made = {str(parent) for parent in parents if not (home / parent).exists()}
    written = {
        "files": sorted({str(path) for path in files} | set(old["files"])),
        "folders": sorted(made | set(old["folders"])),  # a folder before what it holds
    }
    listed.parent.mkdir(parents=True, exist_ok=True)
    listed.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    for path, content in files.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(content)


def _update_databases(home: Path) -> str:
    """Let the desktop read its folders again; what to add to the report if it cannot."""
    missing = []
    for tool, folder in (
        ("update-mime-database", "mime"),
        ("update-desktop-database", "applications"),
    ):
        if not (home / folder).is_dir():
            continue
        if shutil.which(tool) is None:
            missing.append(tool)
        else:
            subprocess.run([tool, str(home / folder)], check=False, capture_output=True)
    return f" after the next login ({' and '.join(missing)} not found)" if missing else ""


def _drop_generated(home: Path, made: list[str]) -> None:
    """Remove the databases of folders that we made and nobody else has used since."""
    mime, entries = home / "mime", home / "applications"
    if "mime" in made and not any((mime / "packages").glob("*")):
        shutil.rmtree(mime, ignore_errors=True)
    if "applications" in made and [path.name for path in entries.glob("*")] == ["mimeinfo.cache"]:
        shutil.rmtree(entries, ignore_errors=True)


def _default_for(mime_type: str) -> str:
    """Name of the desktop entry that opens a type now; "" if nobody says."""
    if shutil.which("xdg-mime") is None:
        return ""
    asked = subprocess.run(
        ["xdg-mime", "query", "default", mime_type], check=False, capture_output=True, text=True
    )
    return asked.stdout.strip()
