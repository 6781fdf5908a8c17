"""Colours: told apart by everybody, named in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kidview.ui
from kidview.core.labels import LABELS
from kidview.ui.stylesheet import stylesheet
from kidview.ui.tokens import DARK, LIGHT, Palette, contrast

UI = Path(kidview.ui.__path__[0])
WRITING = ("text", "secondary", "link", "error", "warning")


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)  # a well-known near miss


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("ground", ["window", "panel", "raised"])
@pytest.mark.parametrize("writing", WRITING)
def test_writing_is_readable_on_every_ground(palette: Palette, ground: str, writing: str) -> None:
    assert contrast(getattr(palette, writing), getattr(palette, ground)) >= 4.5


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_disabled_writing_is_readable_on_panels(palette: Palette) -> None:
    assert contrast(palette.disabled, palette.panel) >= 4.5


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_primary_buttons_are_readable(palette: Palette) -> None:
    assert contrast(palette.on_accent, palette.accent) >= 4.5


def test_labels_stand_out_from_the_views() -> None:
    for label in LABELS:
        assert contrast(label.colour, DARK.view) >= 4.5


def test_greys_have_no_tint_worth_seeing() -> None:
    for palette in (DARK, LIGHT):
        for name in ("window", "panel", "raised", "line", "text", "secondary"):
            colour = getattr(palette, name)
            channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
            assert max(channels) - min(channels) <= 16, (palette.name, name)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_the_style_sheet_uses_the_palette_only(palette: Palette) -> None:
    named = set(re.findall(r"#[0-9A-Fa-f]{6}\b", stylesheet(palette)))
    assert named <= {value for value in vars(palette).values() if value.startswith("#")}
    assert "$" not in stylesheet(palette)


def test_no_other_module_of_the_window_names_a_colour() -> None:
    for path in UI.rglob("*.py"):
        if path.name != "tokens.py":
            found = re.findall(r"[\"']#[0-9A-Fa-f]{6}[\"']", path.read_text(encoding="utf-8"))
            assert not found, f"{path.name} names {found}"
