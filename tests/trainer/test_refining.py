"""Labels are spoilt as networks spoil them, clicks fall into the faults, a network learns."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from scipy import ndimage

from kidview.core.clicks import CHANNELS
from kidview.core.errors import ModelError
from kidview.core.modelcard import read_card
from tests.trainer.test_training import TINY as FINE
from tests.trainer.test_training import Blobs
from trainer.config import find_config
from trainer.export.model import attach
from trainer.networks import build
from trainer.training.checkpoint import load
from trainer.training.clicks import click_faults, spoil
from trainer.training.loop import Plan, train
from trainer.training.refining import after_clicks, with_clicks
from trainer.training.store import Store

TINY = replace(
    find_config("refine"), tile_zyx=(32, 32, 32), widths=(4, 8, 12), deep=1, warm_steps=5, rate=5e-3
)


def truth() -> np.ndarray:
    """A kidney with a tumour and a cyst."""
    labels = np.zeros((40, 40, 40), np.uint8)
    z, y, x = np.ogrid[:40, :40, :40]
    labels[(z - 20) ** 2 / 3 + (y - 20) ** 2 + (x - 20) ** 2 < 100] = 1
    labels[(z - 12) ** 2 + (y - 20) ** 2 + (x - 26) ** 2 < 25] = 2
    labels[(z - 28) ** 2 + (y - 20) ** 2 + (x - 14) ** 2 < 16] = 3
    return labels


def test_faults_of_every_kind_are_made_and_often_none_of_one() -> None:
    labels, seen = truth(), {"missed": 0, "swapped": 0, "false": 0, "empty": 0, "left": 0}
    for seed in range(200):
        out = spoil(labels, np.random.default_rng(seed))
        assert out.dtype == np.uint8 and set(np.unique(out)) <= {0, 1, 2, 3}
        tumour = labels == 2
        seen["empty"] += not out.any()
        seen["missed"] += out.any() and (out[tumour] < 2).mean() > 0.9
        seen["swapped"] += (out[tumour] == 3).mean() > 0.8
        seen["left"] += (out[tumour] == 2).mean() > 0.8
        pieces, count = ndimage.label(out > 1)
        seen["false"] += count > 2
    assert seen["empty"] < 40 and all(seen[kind] > 10 for kind in seen), seen
    assert np.array_equal(truth(), labels)  # the truth stays


def test_clicks_say_the_truth_where_the_largest_faults_are_deepest() -> None:
    labels = truth()
    found = labels.copy()
    found[labels == 2] = 1
    found[2:5, 2:5, 2:5] = 3
    first, second = click_faults(found, labels, 5)
    assert (first.label, second.label) == (2, 0)
    assert np.abs(np.subtract(first.at_zyx, (12, 20, 26))).max() <= 1
    assert second.at_zyx == (3.0, 3.0, 3.0)
    assert click_faults(labels, labels, 5) == []
    for seed in range(20):
        for click in click_faults(found, labels, 5, np.random.default_rng(seed)):
            at = tuple(int(v) for v in click.at_zyx)
            assert labels[at] == click.label != found[at]


def test_a_patch_becomes_scan_labels_and_clicks() -> None:
    labels = truth()[4:36, 4:36, 4:36]
    image = torch.from_numpy(labels.astype(np.float32))[None]
    given = with_clicks(image, torch.from_numpy(labels).long(), np.random.default_rng(3))
    assert given.shape == (CHANNELS, 32, 32, 32) and torch.equal(given[0], image[0])
    assert given[4:].max() == 1 and set(np.unique(given[1:4].numpy())) <= {0.0, 1.0}


def test_a_run_learns_is_attached_and_gives_in_onnxruntime_what_torch_gives(
    tmp_path, capsys
) -> None:
    torch.set_num_threads(1)
    plan = Plan(tmp_path / "run", minutes=60, first_samples=2, report_s=0.0, steps=25)
    train(TINY, Blobs("b1", "b2"), Blobs("b4"), plan)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    losses = [row["loss"] for row in rows if row["event"] == "step"]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    assert rows[-1]["event"] == "done" and 0 <= rows[-1]["kidney_and_mass"] <= 1
    models = tmp_path / "models"
    models.mkdir()
    (models / "base.fine.onnx").write_bytes(b"network")
    sha = "e4d2a4b2eb2a5d1f7e1b4c43a4b1b7a1ef2df9a0f2e8a2d5f3f3b0f0e1c1a2b3"
    fine = find_config("fine").step("base.fine.onnx", sha)
    write_card(models, fine)
    with pytest.raises(ModelError, match="not the file its card describes"):
        attach(tmp_path / "run", models / "base", tmp_path / "out", "0.2")
    write_card(models, replace(fine, sha256=sha_of(models / "base.fine.onnx")))
    attach(tmp_path / "run", models / "base", tmp_path / "out", "0.2")
    card = read_card(tmp_path / "out" / "base.json")
    (step,) = card.steps_of("refine")
    assert card.version == "0.2" and card.titles == ("fine", "refine")
    assert (tmp_path / "out" / "base.fine.onnx").read_bytes() == b"network"
    network = build(TINY)
    network.load_state_dict(load(tmp_path / "run").ema)
    network.eval()
    given = torch.randn(1, CHANNELS, 32, 32, 32)
    session = onnxruntime.InferenceSession(tmp_path / "out" / step.file)
    with torch.inference_mode():
        wanted = network(given).numpy()
    np.testing.assert_allclose(session.run(None, {"image": given.numpy()})[0], wanted, atol=0.05)
    with pytest.raises(ModelError, match="is 'refine'"):
        from trainer.export.model import load_role

        load_role(tmp_path / "run", "fine")


def test_a_run_of_so_many_steps_ends_cooled_down_whatever_the_time(tmp_path, capsys):
    torch.set_num_threads(1)
    plan = Plan(tmp_path, minutes=60, first_samples=2, report_s=0.0, steps=7)
    last = train(FINE, Blobs("b1", "b2"), Blobs("b4"), plan)
    assert last.step == 7
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    rates = [row["rate"] for row in rows if row["event"] == "step"]
    assert rows[-1]["event"] == "done" and rates[-1] < max(rates) / 2
    again = train(FINE, Blobs("b1", "b2"), Blobs("b4"), replace(plan, resume=True))
    assert again.step == 7


def test_validation_clicks_three_times_into_the_same_faults() -> None:
    (sample,) = one_sample()
    network = build(TINY)
    once, again = (
        after_clicks(network, sample.hu.numpy(), sample.labels.numpy(), TINY) for _ in range(2)
    )
    assert np.array_equal(once[0], again[0]) and np.array_equal(once[1], again[1])
    assert once[1].shape == TINY.tile_zyx


def one_sample():
    store = Store(Blobs("b1"), TINY)
    store.load(1)
    return store.samples


def write_card(folder, step) -> None:
    from kidview.core.modelcard import ModelCard

    (folder / "base.json").write_text(ModelCard("base", "0.1", (1, 2, 3), (step,)).to_json())


def sha_of(path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()
