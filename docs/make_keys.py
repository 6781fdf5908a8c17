"""Write docs/keys.md from the actions table: python docs/make_keys.py."""

from __future__ import annotations

from pathlib import Path

from kidview.ui.actions import ACTIONS
from kidview.ui.dialogs.key_sheet import keys_markdown

if __name__ == "__main__":
    target = Path(__file__).parent / "keys.md"
    target.write_text(keys_markdown(ACTIONS), encoding="utf-8")
    print(target)
