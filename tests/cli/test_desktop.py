"""Desktop entry, icon and file types: valid, found by the desktop, and removed without a trace."""

from __future__ import annotations

import configparser
import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kidview.cli import main
from kidview.cli.desktop import APP_ID, ICON_SIZES, entry_text

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="freedesktop.org entries belong to Linux"
)


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's data folder of its own."""
    home = tmp_path / "data home"
    monkeypatch.setenv("XDG_DATA_HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return home


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def test_removal_leaves_nothing(data_home: Path) -> None:
    assert main(["install-desktop"]) == 0
    assert (data_home / "applications" / f"{APP_ID}.desktop").is_file()
    assert main(["uninstall-desktop"]) == 0
    assert below(data_home) == set()


def test_removal_leaves_what_others_wrote(data_home: Path) -> None:
    others = {
        "applications/other.desktop",
        "icons/hicolor/16x16/apps/other.png",
        "mime/packages/other.xml",
    }
    for name in others:
        (data_home / name).parent.mkdir(parents=True, exist_ok=True)
        (data_home / name).write_text(
            '<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info"/>'
            if name.endswith("xml")
            else "[Desktop Entry]\nType=Application\nName=Other\nExec=other\n"
        )
    (data_home / "icons/hicolor/32x32/apps").mkdir(parents=True)  # empty, but not ours
    before = below(data_home)
    assert main(["install-desktop"]) == 0
    assert main(["install-desktop"]) == 0  # a second time does not forget what the first made
    assert main(["uninstall-desktop"]) == 0
    left = {name for name in below(data_home) if not name.startswith("mime/")}
    assert left - {"applications/mimeinfo.cache"} == {
        name for name in before if not name.startswith("mime/")
    }
    assert (data_home / "mime/packages/other.xml").is_file()
    assert not (data_home / "mime/packages" / f"{APP_ID}.xml").exists()


def test_removing_what_is_not_there_says_so(
    data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["uninstall-desktop"]) == 1
    assert "nothing to remove" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(
    data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_home.write_text("a file where a folder should be")
    assert main(["install-desktop"]) == 1
    assert str(data_home) in capsys.readouterr().err


def test_the_icon_is_there_in_every_size(data_home: Path) -> None:
    assert main(["install-desktop"]) == 0
    hicolor = data_home / "icons" / "hicolor"
    for size in ICON_SIZES:
        png = (hicolor / f"{size}x{size}" / "apps" / f"{APP_ID}.png").read_bytes()
        width_height = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
        assert width_height == (size, size)
    assert (hicolor / "scalable" / "apps" / f"{APP_ID}.svg").is_file()


def test_the_entry_names_this_installation(data_home: Path) -> None:
    assert main(["install-desktop"]) == 0
    entry = configparser.RawConfigParser()
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(data_home / "applications" / f"{APP_ID}.desktop", encoding="utf-8")
    row = entry["Desktop Entry"]
    assert Path(row["TryExec"]).is_absolute() and Path(row["TryExec"]).is_file()
    assert row["Exec"] == f'"{row["TryExec"]}" %F'
    assert row["Icon"] == row["StartupWMClass"] == APP_ID
    assert {"application/dicom", "application/x-nifti", "application/x-nifti-compressed",
            "application/x-nrrd", "inode/directory"} <= set(row["MimeType"].split(";"))  # fmt: skip


def test_the_window_belongs_to_the_entry() -> None:
    from kidview.ui.app import DESKTOP_FILE

    assert DESKTOP_FILE == APP_ID


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/opt/kid view/k", '"/opt/kid view/k"'),
        ("/opt/100%/k", '"/opt/100%%/k"'),
        ("/opt/$a`b/k", '"/opt/\\\\$a\\\\`b/k"'),
        ('/opt/a"b/k', '"/opt/a\\\\"b/k"'),
    ],
)
def test_odd_paths_are_quoted_as_the_standard_says(path: str, written: str) -> None:
    assert f"\nExec={written} %F\n" in entry_text([path])


@needs("desktop-file-validate")
def test_the_entry_is_valid(data_home: Path) -> None:
    assert main(["install-desktop"]) == 0
    entry = data_home / "applications" / f"{APP_ID}.desktop"
    done = subprocess.run(
        ["desktop-file-validate", "--no-hints", str(entry)], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


@needs("gio")
@needs("update-mime-database")
@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("scan.nii.gz", gzip.compress(b"x", mtime=0), "application/x-nifti-compressed"),
        ("scan.nii", bytes(348), "application/x-nifti"),
        ("scan", bytes(344) + b"n+1\0", "application/x-nifti"),
        ("scan.nrrd", b"NRRD0005\n", "application/x-nrrd"),
        ("scan.mha", b"ObjectType = Image\n", "application/x-metaimage"),
        ("IM0001", bytes(128) + b"DICM", "application/dicom"),
        ("notes.gz", gzip.compress(b"x", mtime=0), "application/gzip"),
    ],
)
def test_the_desktop_tells_scans_by_name_and_content(
    name: str, content: bytes, expected: str, data_home: Path, tmp_path: Path
) -> None:
    assert main(["install-desktop"]) == 0
    scan = tmp_path / name
    scan.write_bytes(content)
    done = subprocess.run(
        ["gio", "info", "-a", "standard::content-type", str(scan)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split()[-1] == expected


@needs("xdg-mime")
def test_folders_stay_with_the_file_manager(
    data_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data_home / "applications").mkdir(parents=True)
    answers = iter(["files.desktop", f"{APP_ID}.desktop"])
    monkeypatch.setattr("kidview.cli.desktop._default_for", lambda _: next(answers))
    assert main(["install-desktop"]) == 0
    chosen = (tmp_path / "config" / "mimeapps.list").read_text(encoding="utf-8")
    assert "inode/directory=files.desktop" in chosen
