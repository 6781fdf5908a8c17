"""kidview segment: the same engine without a window."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from kidview.cli import main
from kidview.core.types import LabelArray
from kidview.core.volume import Volume
from kidview.io import write_scan
from kidview.segment import offered_devices
from tests.segment.conftest import two_kidneys, write_model

__all__ = ["two_kidneys", "write_model"]  # fixtures of the room that is driven here
OFFERED = ", ".join(offered_devices())
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def case(
    two_kidneys: tuple[Volume, LabelArray], write_model: Callable[..., Path], tmp_path: Path
) -> Path:
    """A folder with scan.nii.gz and models/trial.json."""
    write_model()
    write_scan(two_kidneys[0], tmp_path / "scan.nii.gz")
    return tmp_path


def run(case: Path, *more: str, target: str = "mask.nii.gz") -> int:
    words = ["segment", str(case / "scan.nii.gz"), "-o", str(case / target)]
    return main([*words, "--model", "trial", "--models", str(case / "models"), *more])


def test_the_mask_lies_on_the_scans_grid(
    case: Path, capsys: Capture, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    assert run(case) == 0
    scan, mask = nibabel.load(case / "scan.nii.gz"), nibabel.load(case / "mask.nii.gz")
    assert mask.shape == scan.shape and np.array_equal(mask.affine, scan.affine)
    found = np.asarray(mask.dataobj).transpose(2, 1, 0)
    assert mask.get_data_dtype() == np.uint8
    assert (found > 0).sum() == pytest.approx((two_kidneys[1] > 0).sum(), rel=0.05)
    told = capsys.readouterr().out
    assert told.startswith("Kidney ") and "read back equal" in told


def test_json_is_one_object_with_receipt_and_network(case: Path, capsys: Capture) -> None:
    assert run(case, "--json", "--device", "cpu", target="mask.nrrd") == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert captured.err == ""
    assert told["kind"] == "labels" and set(told["ml"]) == {"kidney", "tumour", "cyst"}
    assert told["network"]["model"] == "trial" and told["network"]["provider"] == "CPU"
    assert told["network"]["seconds"] > 0


def test_a_target_that_exists_is_refused_before_the_work(
    case: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case / "mask.nii.gz").write_text("mine")
    monkeypatch.setattr("kidview.segment.Segmenter.run", None)  # would be a fault if reached
    assert run(case) == 1
    assert "mask.nii.gz exists already" in capsys.readouterr().err
    assert (case / "mask.nii.gz").read_text() == "mine"


def test_force_replaces_a_mask_but_never_the_scan(case: Path, capsys: Capture) -> None:
    (case / "mask.nii.gz").write_text("old")
    assert run(case, "--force") == 0
    before = (case / "scan.nii.gz").read_bytes()
    assert run(case, "--force", target="scan.nii.gz") == 1
    assert "never overwritten" in capsys.readouterr().err
    assert (case / "scan.nii.gz").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--device", "gpu"), f"error: no device 'gpu' - use one of: {OFFERED}"),
        (("--model", "big"), "error: no model is called 'big' - models there are: trial"),
    ],
)
def test_a_wrong_choice_is_one_sentence(
    words: tuple[str, ...], says: str, case: Path, capsys: Capture
) -> None:
    assert run(case, *words) == 1
    assert capsys.readouterr().err.strip() == says
    assert not (case / "mask.nii.gz").exists()


def test_a_changed_network_leaves_no_mask(case: Path, capsys: Capture) -> None:
    (case / "models" / "trial.coarse.onnx").write_bytes(b"other")
    assert run(case) == 1
    assert "is not the file its card describes" in capsys.readouterr().err
    assert not (case / "mask.nii.gz").exists()
