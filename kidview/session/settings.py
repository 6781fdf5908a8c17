"""What the user prefers, kept in one JSON file.

A setting is one row of `SETTINGS`. Keys the program does not know are kept in the file and
named with the nearest one it does; values out of range are named and replaced by the default.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from kidview.core.errors import SettingError
from kidview.core.event import Event
from kidview.segment import DEVICES, offered_devices

FOLDER_VARIABLE = "KIDVIEW_CONFIG_DIR"


@dataclass(frozen=True)
class SettingRow:
    """A row of the settings table.

    Parameters
    ----------
    id : str
        Key in the file.
    type : type
        bool, float or str.
    default : bool, float or str
    range : tuple
        Words to choose from (str), lowest and highest (float), or () for any.
    title, tip : str
        As the settings page shows them; a row without title is remembered, not shown.
    offered : callable, optional
        Which words of the range can be chosen on this machine; without it all.
    """

    id: str
    type: type
    default: Any
    range: tuple[Any, ...]
    title: str
    tip: str
    offered: Callable[[], tuple[str, ...]] | None = None


SETTINGS = (
    SettingRow(
        "theme", str, "system", ("system", "dark", "light"), "Theme", "Follow the system, or not"
    ),
    SettingRow(
        "keys",
        str,
        "KidView",
        ("KidView", "ITK-SNAP"),
        "Keys",
        "Whose single keys and mouse habits to use",
    ),
    SettingRow("own_keys", str, "", (), "", "Keys of one's own, by action"),
    SettingRow(
        "device",
        str,
        "auto",
        DEVICES,
        "Segment on",
        "auto takes the graphics card when it really works, else OpenVINO where installed",
        offered_devices,
    ),
    SettingRow(
        "reader.name",
        str,
        "",
        (),
        "Reader",
        "Your name, kept with every correction and approval of a case, and nowhere else",
    ),
    SettingRow("model", str, "", (), "", "Model last chosen"),
    SettingRow(
        "is_smooth", bool, True, (), "Smooth display", "Linear instead of nearest interpolation"
    ),
    SettingRow(
        "has_crosshair", bool, True, (), "Crosshair", "Lines through the present point in each view"
    ),
    SettingRow("opacity", float, 0.3, (0.0, 1.0), "", "Fill of the labels"),
    SettingRow("is_outline", bool, False, (), "", "Labels as outlines only"),
    SettingRow("radius_mm", float, 6.0, (0.5, 50.0), "", "Brush radius, mm"),
    SettingRow(
        "layout", str, "four", ("four", "large", "row", "two"), "", "Arrangement of the views"
    ),
    SettingRow("has_panel", bool, True, (), "", "Whether the right panel shows"),
    SettingRow("has_cases", bool, False, (), "", "Whether the right panel shows the cases"),
    SettingRow("is_by_doubt", bool, False, (), "", "Whether the most doubtful cases come first"),
    SettingRow("has_agreement", bool, True, (), "", "Whether a case tells how its readers agree"),
    SettingRow("folded", str, "Plots", (), "", "Sections of the panel that are folded"),
    SettingRow("last_folder", str, "", (), "", "Where files were opened last"),
    SettingRow("geometry", str, "", (), "", "Size and place of the window"),
)
_ROWS = {row.id: row for row in SETTINGS}


def config_dir() -> Path:
    """The user's folder for settings; the environment may name another (tests do)."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_config_dir("kidview", appauthor=False))


class Settings:
    """Values of `SETTINGS`.

    Parameters
    ----------
    text : str
        What `to_json` gave last time; "" for defaults.

    Attributes
    ----------
    changed : Event of str
        The id of what was set.
    remarks : tuple of str
        One sentence for each key or value of `text` that could not be used.
    """

    def __init__(self, text: str = "") -> None:
        self.changed: Event[str] = Event()
        self._values = {row.id: row.default for row in SETTINGS}
        self._unknown: dict[str, Any] = {}
        self.remarks = tuple(self._take(text))

    def __getitem__(self, id: str) -> Any:
        return self._values[_row(id).id]

    def set(self, id: str, value: Any) -> None:
        """Change a setting.

        Raises
        ------
        SettingError
            No such setting, or not a value for it.
        """
        row = _row(id)
        value = _checked(row, value)
        if value != self._values[id]:
            self._values[id] = value
            self.changed.emit(id)

    def to_json(self) -> str:
        """What differs from the defaults, and what was not understood, as JSON."""
        kept = {row.id: self._values[row.id] for row in SETTINGS}
        kept = {id: value for id, value in kept.items() if value != _ROWS[id].default}
        return json.dumps(kept | self._unknown, indent=2, ensure_ascii=False) + "\n"

    def _take(self, text: str) -> list[str]:
        remarks = []
        try:
            raw = json.loads(text) if text.strip() else {}
        except ValueError:
            return ["the settings file is no JSON, so defaults are used"]
        if not isinstance(raw, dict):
            return ["the settings file holds no table, so defaults are used"]
        for id, value in raw.items():
            try:
                self._values[id] = _checked(_row(id), value)
            except SettingError as error:
                if id not in _ROWS:
                    self._unknown[id] = value
                remarks.append(str(error))
        return remarks


def _row(id: str) -> SettingRow:
    if id not in _ROWS:
        near = difflib.get_close_matches(id, _ROWS, n=1, cutoff=0.0)[0]
        raise SettingError(f"no setting is called '{id}'", f"did you mean '{near}'?")
    return _ROWS[id]


def _checked(row: SettingRow, value: Any) -> Any:
    """The value as the row's type; raises SettingError."""
    if row.type is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not row.type:
        kind = {bool: "true or false", float: "a number", str: "text"}[row.type]
        raise SettingError(f"setting '{row.id}' cannot be {value!r}", f"it takes {kind}")
    if row.type is str and row.range and value not in row.range:
        words = ", ".join(row.range)
        raise SettingError(f"setting '{row.id}' cannot be '{value}'", f"choose one of: {words}")
    if row.type is float and row.range and not row.range[0] <= value <= row.range[1]:
        raise SettingError(
            f"setting '{row.id}' cannot be {value:g}",
            f"choose between {row.range[0]:g} and {row.range[1]:g}",
        )
    return value


def read_settings(folder: Path) -> Settings:
    """Settings of a folder; defaults when there is no file or it cannot be read."""
    try:
        text = (folder / "settings.json").read_text(encoding="utf-8")
    except OSError:
        text = ""
    return Settings(text)


def write_settings(folder: Path, text: str) -> None:
    """Write what `Settings.to_json` gave: beside the old file, then over it."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / "settings.json.new"
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, folder / "settings.json")
