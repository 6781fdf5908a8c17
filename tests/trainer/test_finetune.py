"""A model goes on learning from corrected cases, and says what it learned from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import onnxruntime
import pytest
import torch

from kidview.cases import CaseStore, Status
from kidview.cases.folder import voxels_sha256
from kidview.cases.pseudonym import KEY_FILE
from kidview.core.errors import CaseError, KidViewError, ModelError, SettingError, WriteError
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.modelcard import read_card
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.learning import find_replay
from trainer.config import CONFIGS
from trainer.data.pool import Pool, PoolItem
from trainer.data.prepared import OnGrid
from trainer.data.split import is_held_back
from trainer.export.model import export_model
from trainer.export.weights import config_of, load_weights
from trainer.finetune import one_teacher
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
    """Three corrected cases, of which the store's key holds one back, and one nobody corrected."""
    store = CaseStore(tmp_path / "cases")
    store.folder.mkdir()
    (store.folder / KEY_FILE).write_text(f"{23:064x}\n")
    order = AxisOrder((2, 1, 0), (False, False, False))
    affine = GRID.zyx_to_ras[:, [2, 1, 0, 3]]
    for seed in range(4):
        hu, labels = phantom(seed)
        case = store.add(Volume(hu, GRID, Source(tmp_path / "x.nii", "NIfTI", order, affine, "")))
        if seed:
            mask = LabelMap(labels, GRID, owned=True)
            case = store.write_corrected(case, mask, labels > 0, "Ann")
            store.set_status(case, Status.CORRECTED, "Ann")
    assert [len(side) for side in sides(store)] == [2, 1]
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
    found = find_replay(pool)  # how the window sees it
    assert found is not None and found.in_words() == "1 drawn sample"
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
            return OnGrid(np.full((32, 32, 32), self.hu, np.int16), labels)

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


def test_a_lesson_says_how_often_changes_are_shown(parent, cases, tmp_path):
    lesson = Lesson(cases.folder, minutes=9, steps=1, changed_share=0.4, device="cpu")
    card = finetune(lesson, parent, Model(tmp_path / "u", "mine"))
    assert card.training["cases"]["changed_share"] == 0.4
    assert card.training["fine"]["config"]["changed_share"] == 0.4


def test_two_programs_never_teach_one_model(parent, cases, tmp_path, monkeypatch):
    monkeypatch.setattr(one_teacher, "WAIT_S", 0.05)
    child = Model(tmp_path / "u", "mine")
    with (
        one_teacher.one_teacher(child.run, "mine"),
        pytest.raises(WriteError, match="at work on mi"),
    ):
        finetune(Lesson(cases.folder, minutes=9, steps=1, device="cpu"), parent, child)
    assert {path.name for path in child.run.iterdir()} == {"lock.sqlite", "process.txt"}


def flat_set(folder, *scans):
    """NAME.nii.gz and NAME_seg.nii.gz, by name and seed of the phantom."""
    folder.mkdir()
    for name, seed in scans:
        for file, array in zip((name, f"{name}_seg"), phantom(seed), strict=True):
            affine = GRID.zyx_to_ras[:, [2, 1, 0, 3]]
            nib.save(nib.Nifti1Image(array.transpose(2, 1, 0), affine), folder / f"{file}.nii.gz")
    return folder


def sides(cases):
    """Ids of the corrected cases that teach, and of those that are held back."""
    rows = [row for row in cases.rows() if row.status is Status.CORRECTED]
    return [[r.case_id for r in rows if is_held_back(r.patient) is held] for held in (False, True)]


def seed_of(cases, case_id):
    """Of the phantom that is a case."""
    sha256 = cases.read(case_id).image.sha256
    source = Source(Path("x"), "NIfTI", AxisOrder((2, 1, 0), (False,) * 3), np.eye(4), "")
    volumes = (Volume(phantom(seed)[0], GRID, source) for seed in range(999))
    return next(seed for seed, volume in enumerate(volumes) if voxels_sha256(volume) == sha256)


def test_what_measures_is_not_replayed(parent, cases, tmp_path):
    child = Model(tmp_path / "u", "mine")
    lesson = Lesson(cases.folder, minutes=9, steps=1, device="cpu")
    a, b = [name for name in "abcdef" if not is_held_back(name)][:2]
    (held_back, *_) = sides(cases)[1]
    held = flat_set(tmp_path / "held", (a, 900), (b, seed_of(cases, held_back)))
    words = f"{b} would be replayed, but is {held_back} of the cases held back"
    with pytest.raises(SettingError, match=words):
        finetune(replace(lesson, replay=held), parent, child)
    both = flat_set(tmp_path / "both", (a, 900)), flat_set(tmp_path / "again", ("x", 900))
    with pytest.raises(SettingError, match=f"{a} would be replayed, but is x of the regression"):
        finetune(replace(lesson, replay=both[0], regression=both[1]), parent, child)
    assert not child.folder.exists()
    card = finetune(replace(lesson, replay=both[0]), parent, child)
    assert card.training["cases"]["replay_share"] == 0.5


def test_what_always_measures_does_not_teach(parent, cases, tmp_path, capsys):
    first, *others = sides(cases)[0]  # the first is the first to be loaded
    always = flat_set(tmp_path / "always", ("known", seed_of(cases, first)))
    lesson = Lesson(cases.folder, minutes=9, steps=1, device="cpu", regression=always)
    child = Model(tmp_path / "u", "mine")
    assert finetune(lesson, parent, child).training["cases"]["trained"] == others
    said = json.loads(capsys.readouterr().out.splitlines()[0])
    assert said == {"event": "left out", "case": first, "measures as": "known"}


def test_a_set_of_which_nothing_may_be_replayed_is_told(parent, cases, tmp_path):
    name = next(name for name in map(str, range(99)) if is_held_back(name))
    lesson = Lesson(cases.folder, 9, flat_set(tmp_path / "replay", (name, 900)), device="cpu")
    with pytest.raises(SettingError, match="may be replayed: all are held back"):
        finetune(lesson, parent, Model(tmp_path / "u", "mine"))


def test_a_case_changed_by_hand_ends_the_lesson_with_file_and_reason(parent, cases, tmp_path):
    for row in cases.rows():
        for path in (cases.folder / row.case_id).glob("corrected-*"):
            path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(CaseError, match=r"P-.*/corrected-2.nii.gz was changed outside KidView"):
        finetune(
            Lesson(cases.folder, 9, steps=1, device="cpu"), parent, Model(tmp_path / "u", "mine")
        )
