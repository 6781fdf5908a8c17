"""The promises of pyproject.toml, constraints.txt and the Makefile hold together."""

from __future__ import annotations

import importlib.util
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kidview.cli import VERBS
from kidview.core.resources import asset, models_dir
from kidview.segment.openvino_network import REQUIREMENT


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    """The [project] table."""
    table: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return table


@pytest.fixture(scope="module")
def pins(root: Path) -> dict[str, str]:
    """Version by normal name, from constraints.txt."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(row) == 2 for row in rows), "every line pins one version"
    names = [canonicalize_name(name) for name, _ in rows]
    assert len(names) == len(set(names)), "no name twice"
    return dict(zip(names, (version for _, version in rows), strict=True))


def test_every_requirement_is_pinned_inside_its_bounds(
    project: dict[str, Any], pins: dict[str, str]
) -> None:
    wanted = [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]
    for text in wanted:
        requirement = Requirement(text)
        version = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{text} is pinned at {version}"


def test_no_pin_names_a_build_or_a_place(pins: dict[str, str]) -> None:
    assert not [name for name, version in pins.items() if "+" in version or "@" in version]
    assert pins["torch"] == "2.13.0"


def test_the_program_needs_no_torch(project: dict[str, Any]) -> None:
    names = {Requirement(text).name.lower() for text in project["dependencies"]}
    assert not names & {"torch", "monai", "onnx", "onnxscript"}


def test_the_command_for_openvino_installs_what_the_extra_does(project: dict[str, Any]) -> None:
    assert project["optional-dependencies"]["openvino"] == [REQUIREMENT]


def test_one_onnxruntime_only_on_each_system(project: dict[str, Any]) -> None:
    found = [Requirement(text) for text in project["dependencies"] if "onnxruntime" in text]
    for system in ("linux", "win32", "darwin"):
        here = [r for r in found if r.marker and r.marker.evaluate({"sys_platform": system})]
        assert len(here) == 1, system


@pytest.mark.parametrize("name", list(VERBS))
def test_a_verb_names_a_function_that_is_there(name: str) -> None:
    module, function = VERBS[name].target.split(":")
    assert importlib.util.find_spec(module) is not None
    assert callable(getattr(importlib.import_module(module), function))


def test_the_programs_own_files_are_found() -> None:
    assert asset("kidview.svg").is_file()
    assert models_dir().is_dir()


@pytest.mark.skipif(shutil.which("ldd") is None, reason="ldd asks the loader of Linux")
@pytest.mark.parametrize("plugin", ["libqxcb.so", "libqoffscreen.so", "libqwayland.so"])
def test_the_loader_finds_what_qt_asks_for(plugin: str) -> None:
    import PySide6

    path = Path(PySide6.__path__[0]) / "Qt" / "plugins" / "platforms" / plugin
    if not path.exists():
        pytest.skip(f"this Qt has no {plugin}")
    asked = subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=True)
    assert "not found" not in asked.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the list is for Linux")
def test_nothing_is_missing_where_the_tests_run(root: Path) -> None:
    search = runpy.run_path(str(root / ".ci" / "system_libraries.py"))
    assert search["missing"](for_tests=False) == []
    assert not search["can_load"]("libno-such-thing.so.7")
    assert not search["found"]("/usr/share/no-such-folder/*")
