"""A model is written only if onnxruntime and torch agree, and its card says what it is."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import onnx
import pytest
import torch

from kidview.core.errors import ModelError, SettingError, WriteError
from kidview.core.modelcard import read_card
from trainer.config import CONFIGS
from trainer.export import onnx_file
from trainer.export.half import halve
from trainer.export.model import export_model
from trainer.networks import build
from trainer.training.checkpoint import Checkpoint, save

WIDTHS = (4, 8, 8)


@pytest.fixture
def runs(tmp_path):
    """Folders of an untrained coarse and fine run."""
    for role in ("coarse", "fine"):
        config = replace(CONFIGS[role], widths=WIDTHS, tile_zyx=(32, 32, 32))
        torch.manual_seed(1)
        weights = build(config).state_dict()
        split = {"train": ["a", "b"], "validation": ["c"]}
        run = Checkpoint(config, split, "abc", 7, 60.0, weights, weights, {}, {"tumour": 0.1})
        save(run, tmp_path / role)
    return tmp_path


def test_a_model_is_two_single_files_and_a_readable_card(runs):
    out = runs / "models"
    export_model([runs / "coarse"], runs / "fine", "trial", out, "0.1")
    card = read_card(out / "trial.json")
    names = {"trial.json", "trial.coarse.onnx", "trial.fine.onnx"}
    assert {p.name for p in out.iterdir()} == names
    assert [step.role for step in card.steps] == ["coarse", "fine"]
    for step in card.steps:
        data = (out / step.file).read_bytes()
        assert hashlib.sha256(data).hexdigest() == step.sha256
        assert onnx.load(out / step.file).opset_import[0].version == 18
    assert card.labels == (1, 2, 3) and card.scores == {}
    assert "non-commercial" in card.licence and "CC BY-NC-SA 4.0" in str(card.training)
    assert card.training["fine"]["optimiser_steps"] == 7


def test_two_coarse_runs_are_two_steps(runs):
    coarse = [runs / "coarse", runs / "coarse"]
    card = export_model(coarse, runs / "fine", "trial", runs / "models", "0.1")
    assert card.steps == read_card(runs / "models" / "trial.json").steps
    assert [step.file for step in card.steps] == [
        "trial.coarse.onnx", "trial.coarse-2.onnx", "trial.fine.onnx",
    ]  # fmt: skip
    assert list(card.checksums) == ["coarse", "coarse-2", "fine"]
    assert set(card.training) >= set(card.titles)


def test_a_file_that_differs_from_torch_is_refused(runs, monkeypatch):
    config = replace(CONFIGS["fine"], widths=WIDTHS)
    torch.manual_seed(2)
    other = onnx_file.to_onnx(build(config), (32, 32, 32))
    monkeypatch.setattr(onnx_file, "to_onnx", lambda *given: other)
    with pytest.raises(ModelError, match="differs from torch"):
        export_model([runs / "coarse"], runs / "fine", "trial", runs / "models", "0.1")
    assert not (runs / "models").exists()


def test_swapped_runs_are_refused(runs):
    with pytest.raises(ModelError, match="is 'fine'"):
        export_model([runs / "fine"], runs / "coarse", "trial", runs / "models", "0.1")


def test_both_runs_are_looked_at_before_anything_is_exported(runs, monkeypatch):
    monkeypatch.setattr("trainer.export.model.checked_onnx", None)  # never called
    with pytest.raises(ModelError, match="no checkpoint in .*gone"):
        export_model([runs / "coarse"], runs / "gone", "trial", runs / "models", "0.1")
    with pytest.raises(ModelError, match="is 'coarse'"):
        export_model([runs / "coarse"], runs / "coarse", "trial", runs / "models", "0.1")
    for name in ("", " ", "a/b", ".hidden", "a\\b"):
        with pytest.raises(SettingError, match="is no name for a model"):
            export_model([runs / "coarse"], runs / "fine", name, runs / "models", "0.1")
    (runs / "file").write_text("")
    with pytest.raises(WriteError, match="is a file, no folder"):
        export_model([runs / "coarse"], runs / "fine", "trial", runs / "file", "0.1")
    assert not (runs / "models").exists()


def test_weights_are_stored_in_half_and_computed_in_full():
    config = replace(CONFIGS["fine"], widths=(8, 16, 32), tile_zyx=(32, 32, 32))
    torch.manual_seed(3)
    network = build(config)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    whole = onnx_file.to_onnx(network, (32, 32, 32))
    file, agreement = onnx_file.checked_onnx(network, (32, 32, 32))
    assert len(file) < 0.6 * len(whole)
    assert agreement.largest < 1e-4  # to the rounded network: no arithmetic in half precision
    for name, value in network.state_dict().items():
        assert torch.allclose(value, before[name], rtol=1e-3, atol=1e-6), name
        assert torch.equal(value, value.half().float()), name


def test_what_half_precision_cannot_hold_stays_whole():
    config = replace(CONFIGS["fine"], widths=(8, 16, 32), tile_zyx=(32, 32, 32))
    network = build(config)
    with torch.no_grad():
        network.heads[0].weight[0, 0] = 1e-9
    file = onnx_file.to_onnx(network, (32, 32, 32))
    kept = {t.name: t.data_type for t in onnx.load_from_string(halve(file)).graph.initializer}
    assert onnx.TensorProto.FLOAT in kept.values()
    assert onnx_file.compare(network, halve(file), (32, 32, 32)).largest < 1e-4
