"""A model goes on learning from corrected cases, and says what it learned from."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch

from kidview.cases import CaseStore, Status
from kidview.core.errors import KidViewError, ModelError, SettingError
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.modelcard import read_card
from kidview.core.volume import AxisOrder, Source, Volume
from trainer.config import CONFIGS
from trainer.data.pool import Pool, PoolItem
from trainer.data.split import is_held_back
from trainer.export.model import export_model
from trainer.export.weights import config_of, load_weights
from trainer.finetune.tune import Lesson, Model, finetune
from trainer.networks import build
from trainer.training import loop
from trainer.training.checkpoint import Checkpoint, load, save
from trainer.training.store import Store

WIDTHS = (4, 8, 8)
GRID = Geometry.straight((32, 40, 48), (2.0, 2.0, 2.0))


@pytest.fixture
def parent(tmp_path) -> Model:
    """A model of untrained networks."""
    for role in ("coarse", "fine"):
        config = replace(CONFIGS[role], widths=WIDTHS, tile_zyx=(32, 32, 32))
        torch.manual_seed(1)
        weights = build(config).state_dict()
        run = Checkpoint(config, {"train": [], "validation": []}, "abc", 7, 60.0, weights, weights,
                         {}, {})  # fmt: skip
        save(run, tmp_path / "runs" / role)
    export_model([tmp_path / "runs/coarse"], tmp_path / "runs/fine", "base", tmp_path / "m", "0.1")
    return Model(tmp_path / "m", "base")


def phantom(seed):
    """HU and labels: a kidney with a tumour in it."""
    rng = np.random.default_rng(seed)
    away = np.sqrt(((np.indices(GRID.shape_zyx).T - (16, 20, 24 + seed % 5)) ** 2).sum(axis=-1)).T
    labels = np.where(away < 5, 2, np.where(away < 11, 1, 0)).astype(np.uint8)
    hu = np.array([-90, 160, 60])[labels] + rng.normal(0, 10, labels.shape)
    return hu.astype(np.int16), labels


@pytest.fixture
def cases(tmp_path) -> CaseStore:
    """Corrected cases on both sides of the split, one more that nobody corrected."""
    store, sides, seed = CaseStore(tmp_path / "cases"), set(), 0
    order = AxisOrder((2, 1, 0), (False, False, False))
    affine = GRID.zyx_to_ras[:, [2, 1, 0, 3]]
    while len(sides) < 2 or seed < 3:
        hu, labels = phantom(seed)
        case = store.add(Volume(hu, GRID, Source(tmp_path / "x.nii", "NIfTI", order, affine, "")))
        if seed:
            mask = LabelMap(labels, GRID, owned=True)
            case = store.write_corrected(case, mask, labels > 0, "Ann")
            store.set_status(case, Status.CORRECTED, "Ann")
            sides.add(is_held_back(case.patient))
        seed += 1
    return store


@pytest.mark.parametrize("role", ["coarse", "fine"])
def test_a_shipped_network_comes_back_weight_by_weight(parent, role):
    (step,) = (step for step in parent.card.steps if step.role == role)
    network = load_weights(parent.folder / step.file, config_of(parent.card, role)).eval()
    image = torch.randn(1, 1, 32, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        wanted = network(image).numpy()
    session = onnxruntime.InferenceSession(
        parent.folder / step.file, providers=["CPUExecutionProvider"]
    )
    given = session.run(None, {"image": image.numpy()})[0]
    np.testing.assert_allclose(wanted, given, atol=1e-4)


def test_a_file_of_another_network_is_refused(parent):
    config = replace(config_of(parent.card, "fine"), widths=(4, 8, 12))
    with pytest.raises(ModelError, match="does not hold the weights"):
        load_weights(parent.folder / parent.card.steps[1].file, config)
    with pytest.raises(ModelError, match="does not tell how its fine step"):
        config_of(replace(parent.card, training={}), "fine")


def test_a_child_learns_and_names_parent_and_cases(parent, cases, tmp_path, capsys):
    torch.set_num_threads(1)
    before = {p: p.read_bytes() for p in parent.folder.iterdir()}
    child = Model.at(tmp_path / "user" / "mine")
    finetune(Lesson(cases.folder, minutes=0.1, rate=3e-3, device="cpu"), parent, child)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[-1]["event"] == "done" and rows[-1]["kidney_and_mass"] >= 0
    last = load(child.run)
    begun = load(child.run / "parent").ema
    assert any(not torch.equal(begun[name], value) for name, value in last.ema.items())
    card = read_card(child.folder / "mine.json")
    taught, held = (
        {r.case_id for r in cases.rows() if r.status and is_held_back(r.patient) is side}
        for side in (False, True)
    )
    uncorrected = {r.case_id for r in cases.rows() if r.status is Status.NEW}
    assert set(card.training["cases"]["trained"]) == taught - uncorrected
    assert set(card.training["cases"]["held_back"]) == held - uncorrected
    assert card.training["parent"]["name"] == "base"
    sha = parent.card.checksums
    assert card.training["parent"]["sha256"] == sha
    assert card.steps[0].sha256 == sha["coarse"] and card.steps[1].sha256 != sha["fine"]
    assert card.version == f"0.1+{len(taught - uncorrected)}"
    assert {p: p.read_bytes() for p in parent.folder.iterdir()} == before
    with pytest.raises(SettingError, match="there is a model mine already"):
        finetune(Lesson(cases.folder, minutes=0.1), parent, child)


def test_a_model_is_never_replaced_by_its_child(parent, cases, tmp_path):
    with pytest.raises(SettingError, match="its parent's name"):
        finetune(Lesson(cases.folder, minutes=0.1), parent, Model(tmp_path / "other", "base"))


def test_without_corrected_cases_nothing_is_written(parent, tmp_path):
    store = CaseStore(tmp_path / "empty")
    store.folder.mkdir()
    with pytest.raises(KidViewError, match="holds no cases"):
        finetune(Lesson(store.folder, minutes=0.1), parent, Model(tmp_path / "u", "mine"))
    assert not (tmp_path / "u").exists()


def test_a_share_of_the_patches_is_replayed(parent, cases, tmp_path, monkeypatch):
    hu, labels = phantom(3)
    pool = tmp_path / "pool"
    Pool(pool).write(0, PoolItem(hu, labels, (2.0, 2.0, 2.0), {"held_back": False}))
    seen: list[int] = []
    batch = Store.batch

    def counted(self, rng, replay=None, share=0.0):
        seen.append(len(replay.samples) if replay else 0)
        return batch(self, rng, replay, share)

    monkeypatch.setattr(loop.Store, "batch", counted)
    lesson = Lesson(cases.folder, minutes=0.03, replay=pool, replay_share=0.4, device="cpu")
    child = Model(tmp_path / "u", "mine")
    card = finetune(lesson, parent, child)
    assert set(seen) == {1}
    assert card.training["cases"]["replay_share"] == 0.4
    assert not any("sample" in name for name in card.training["cases"]["trained"])


def test_replayed_and_new_patches_come_in_their_shares():
    class One:
        def __init__(self, hu):
            self.hu = hu

        def names(self):
            return [str(self.hu)]

        def read(self, name, spacing_zyx):
            labels = np.zeros((32, 32, 32), np.uint8)
            labels[8:24, 8:24, 8:24] = 1
            return np.full((32, 32, 32), self.hu, np.int16), labels

    config = replace(CONFIGS["fine"], tile_zyx=(16, 16, 16), batch=400)
    new, old = Store(One(0), config), Store(One(200), config)
    new.load(1)
    old.load(1)
    images, _ = new.batch(np.random.default_rng(0), old, 0.3)
    share = (images.amax(dim=(1, 2, 3, 4)) > 0.8).float().mean()  # 200 HU are 2, 0 HU -0.67
    assert abs(float(share) - 0.3) < 0.08


def test_a_child_lies_between_its_parent_and_what_was_learned(parent, cases, tmp_path):
    torch.set_num_threads(1)
    child = Model(tmp_path / "u", "mine")
    finetune(Lesson(cases.folder, minutes=0.05, rate=3e-3, blend=0.25, device="cpu"), parent, child)
    begun, learned = load(child.run / "parent").ema, load(child.run).ema
    config = config_of(child.card, "fine")
    (step,) = child.card.steps_of("fine")
    for name, value in load_weights(child.folder / step.file, config).state_dict().items():
        wanted = 0.75 * begun[name] + 0.25 * learned[name]
        assert torch.allclose(value, wanted, rtol=2e-3, atol=1e-4), name
    assert child.card.training["cases"]["blend"] == 0.25
