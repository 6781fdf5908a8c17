"""Settings: typed, kept in one file, forgiving about what they do not know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kidview.core.errors import SettingError
from kidview.session.settings import SETTINGS, Settings, config_dir, read_settings, write_settings


def test_every_row_has_a_default_in_its_range_and_a_tip() -> None:
    for row in SETTINGS:
        assert row.tip and type(row.default) is row.type
        if row.type is str and row.range:
            assert row.default in row.range
        if row.type is float and row.range:
            assert row.range[0] <= row.default <= row.range[1]
    assert len({row.id for row in SETTINGS}) == len(SETTINGS)


def test_values_survive_the_file(tmp_path: Path) -> None:
    settings = Settings()
    settings.set("theme", "light")
    settings.set("opacity", 0.5)
    write_settings(tmp_path, settings.to_json())
    again = read_settings(tmp_path)
    assert again["theme"] == "light" and again["opacity"] == 0.5
    assert again.remarks == ()


def test_only_what_differs_from_the_defaults_is_written() -> None:
    settings = Settings()
    settings.set("keys", "ITK-SNAP")
    assert json.loads(settings.to_json()) == {"keys": "ITK-SNAP"}


def test_no_file_means_defaults(tmp_path: Path) -> None:
    settings = read_settings(tmp_path)
    assert all(settings[row.id] == row.default for row in SETTINGS)


def test_an_unknown_key_is_kept_and_named_with_the_nearest() -> None:
    settings = Settings('{"them": "dark", "from_the_future": [1, 2]}')
    assert any("'them'" in remark and "'theme'" in remark for remark in settings.remarks)
    kept = json.loads(settings.to_json())
    assert kept == {"them": "dark", "from_the_future": [1, 2]}


@pytest.mark.parametrize("text", ["{nonsense", "[1]", '"dark"'])
def test_a_broken_file_means_defaults_and_a_remark(text: str) -> None:
    settings = Settings(text)
    assert settings["theme"] == "system"
    assert len(settings.remarks) == 1


@pytest.mark.parametrize(
    ("id", "value", "words"),
    [
        ("theme", "pink", "system, dark, light"),
        ("opacity", 1.5, "between 0 and 1"),
        ("opacity", "much", "a number"),
        ("is_smooth", 1, "true or false"),
        ("thema", "dark", "did you mean 'theme'"),
    ],
)
def test_an_impossible_value_is_refused_with_a_way_out(id: str, value: object, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        Settings().set(id, value)


def test_an_impossible_value_in_the_file_is_named_and_not_used() -> None:
    settings = Settings('{"opacity": 7, "theme": "dark"}')
    assert settings["opacity"] == 0.3 and settings["theme"] == "dark"
    assert "between 0 and 1" in settings.remarks[0]


def test_a_change_is_told_once() -> None:
    settings, told = Settings(), list[str]()
    settings.changed.connect(told.append)
    settings.set("theme", "dark")
    settings.set("theme", "dark")
    assert told == ["theme"]


def test_whole_numbers_serve_as_numbers() -> None:
    settings = Settings()
    settings.set("radius_mm", 12)
    assert settings["radius_mm"] == 12.0 and isinstance(settings["radius_mm"], float)


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIDVIEW_CONFIG_DIR", str(tmp_path))
    assert config_dir() == tmp_path
