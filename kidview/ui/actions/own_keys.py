"""The user's own keys: how the setting keeps them, and how they go with those of a scheme."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from kidview.ui.actions.row import ActionRow

Keys = dict[str, tuple[str, ...]]
"""Keys by the id of an action, as `QKeySequence.toString` writes them; none is no key."""

_LEFT_TO_QT = {
    Qt.Key.Key_unknown,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
}


def usable(key: str) -> str | None:
    """One combination as Qt writes it; None for what no action can have.

    Two after each other are none, nor is Tab, which moves between fields, nor Ctrl alone.
    """
    sequence = QKeySequence(key)
    if sequence.count() != 1 or without_modifiers(key) in _LEFT_TO_QT:
        return None
    return sequence.toString() or None


def without_modifiers(key: str) -> Qt.Key:
    """What of a combination is pressed last: F9 of Shift+F9."""
    pressed: Qt.Key = QKeySequence(key)[0].key()  # type: ignore[index]  # the stubs forget it
    return pressed


def read_own(text: str, rows: Sequence[ActionRow]) -> tuple[Keys, tuple[str, ...]]:
    """Own keys of the setting, and a sentence for each entry that cannot be used."""
    try:
        raw = json.loads(text) if text.strip() else {}
    except ValueError:
        raw = None
    if not isinstance(raw, dict):
        return {}, ("setting 'own_keys' is no table of keys, so it is not used",)
    own: Keys = {}
    remarks = []
    holders: dict[str, str] = {}
    for id, keys in raw.items():
        read = tuple(map(usable, map(str, keys))) if isinstance(keys, list) else (None,)
        named: list[str] = [key for key in read if key is not None]
        twice = [key for key in named if key in holders]
        if all(row.id != id for row in rows):
            remarks.append(f"setting 'own_keys': no action is called '{id}'")
        elif len(named) < len(read):
            remarks.append(f"setting 'own_keys': '{id}' cannot have the keys {json.dumps(keys)}")
        elif twice:
            remarks.append(
                f"setting 'own_keys': '{twice[0]}' is for '{holders[twice[0]]}', not for '{id}'"
            )
        else:
            own[id] = tuple(named)
            holders.update((key, id) for key in named)
    return own, tuple(remarks)


def written(own: Mapping[str, Iterable[str]]) -> str:
    """The setting's text; "" for none."""
    return json.dumps({id: list(keys) for id, keys in own.items()}) if own else ""


def keys_in_use(rows: Sequence[ActionRow], scheme: str, own: Mapping[str, tuple[str, ...]]) -> Keys:
    """Own keys, and for the other actions those of the scheme that nobody made their own."""
    taken = {key for keys in own.values() for key in keys}
    keys: Keys = {}
    for row in rows:
        named = (QKeySequence(key).toString() for key in row.keys_of(scheme))
        keys[row.id] = own.get(row.id, tuple(key for key in named if key not in taken))
    return keys


def given(own: Mapping[str, tuple[str, ...]], id: str, key: str) -> Keys:
    """Own keys after an action got one; who had it as its own goes back to the scheme's."""
    left = {i: tuple(k for k in keys if k != key) for i, keys in own.items() if i != id}
    return {i: keys for i, keys in left.items() if keys or not own[i]} | {id: (key,)}
