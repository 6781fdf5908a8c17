"""The loop learns, resumes and keeps what it promises; patches lie where they should."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kidview.core.errors import KidViewError, ModelError, SettingError, WriteError
from kidview.core.geometry import Geometry
from trainer.config import CONFIGS, Config, find_config
from trainer.data.pool import Pool, PoolItem
from trainer.data.prepared import OnGrid
from trainer.training import curves, loop
from trainer.training.checkpoint import load
from trainer.training.curves import read_rows
from trainer.training.loop import Plan, train
from trainer.training.losses import deep_loss, dice_loss, region_loss, segmentation_loss
from trainer.training.patches import Draw, Sample, cut, draw, make_sample, on_grid
from trainer.training.run import begin, find_device, learning_rate
from trainer.training.store import PoolSource

GRID = Geometry.straight((40, 48, 56), (2.0, 2.0, 2.0))
TINY = replace(CONFIGS["fine"], tile_zyx=(16, 16, 16), widths=(4, 8), warm_steps=3)
EVEN = torch.ones(4)


def blob(seed):
    """A bright ball with a darker ball inside it, in fat."""
    rng = np.random.default_rng(seed)
    at = np.indices(GRID.shape_zyx) - np.array([20, 24, 28 + seed % 5])[:, None, None, None]
    away = np.sqrt((at**2).sum(axis=0))
    labels = np.where(away < 5, 2, np.where(away < 11, 1, 0)).astype(np.uint8)
    hu = np.array([-90, 160, 60])[labels] + rng.normal(0, 10, labels.shape)
    return hu.astype(np.int16), labels


class Blobs:
    """A pool in memory."""

    place, may_grow = Path("pool"), True

    def __init__(self, *names):
        self._names = list(names)

    def names(self):
        return self._names

    def read(self, name, spacing_zyx):
        return on_grid(*blob(int(name[1:])), GRID, spacing_zyx)


def test_a_sample_is_brought_to_the_networks_grid_with_seeds_in_its_labels():
    sample = make_sample("a", on_grid(*blob(1), GRID, (4.0, 4.0, 4.0)))
    assert sample.hu.shape == (20, 24, 28)
    for label, seeds in sample.seeds.items():
        assert (sample.labels[tuple(seeds.T)] == label).all()
    assert set(sample.seeds) == {1, 2}


def plain(centre, turn=None):
    return Draw(np.array(centre), np.eye(3) if turn is None else turn, 1, 0, 0, (1, 1, 1), 0)


def test_an_undisturbed_patch_is_a_crop():
    sample = make_sample("a", OnGrid(*blob(1)))
    image, labels = cut(sample, TINY, plain((19.5, 23.5, 27.5)))
    np.testing.assert_array_equal(labels, sample.labels[12:28, 16:32, 20:36])
    expected = (np.clip(sample.hu[12:28, 16:32, 20:36].numpy(), -125, 225) - 50) / 75
    np.testing.assert_allclose(image[0], expected, atol=1e-3)


def test_a_flipped_patch_mirrors_image_and_labels_left_to_right():
    sample = make_sample("a", OnGrid(*blob(1)))
    image, labels = cut(sample, TINY, plain((19.5, 23.5, 25.5)))
    mirror = plain((19.5, 23.5, 25.5), np.diag([1.0, 1.0, -1.0]))
    image_m, labels_m = cut(sample, TINY, mirror)
    np.testing.assert_array_equal(labels_m, labels.flip(2))
    np.testing.assert_allclose(image_m[0], image[0].flip(2), atol=1e-3)


def test_outside_the_sample_is_air_and_background():
    sample = make_sample("a", OnGrid(*blob(1)))
    image, labels = cut(sample, TINY, plain((-30.0, 24.0, 28.0)))
    assert float(image.max()) == pytest.approx((-125 - 50) / 75)
    assert int(labels.max()) == 0


def test_fine_patches_mostly_hold_kidney_and_often_a_mass():
    sample = make_sample("a", OnGrid(*blob(1)))
    rng = np.random.default_rng(0)
    held = [cut(sample, TINY, draw(sample, TINY, rng))[1] for _ in range(60)]
    assert np.mean([bool((h > 0).any()) for h in held]) > 0.7
    assert np.mean([bool((h == 2).any()) for h in held]) > 0.4


def test_dice_loss_is_zero_for_the_truth_and_ignores_absent_labels():
    target = torch.zeros(1, 16, 16, 16, dtype=torch.long)
    target[:, :8] = 1
    sure = torch.nn.functional.one_hot(target, 4).movedim(-1, 1).float()
    assert float(dice_loss(sure, target)) == pytest.approx(0, abs=1e-6)
    assert float(dice_loss(sure.flip(1), target)) > 0.9
    empty = torch.zeros_like(target)
    assert float(dice_loss(sure, empty)) == 0


def test_the_region_loss_is_one_minus_dice_of_the_labels_from_one_up():
    target = torch.zeros(1, 16, 16, 16, dtype=torch.long)
    target[:, :8], target[:, :2] = 1, 3
    hot = torch.nn.functional.one_hot(torch.where(target == 3, 2, target), 4)
    tumour_for_cyst = hot.movedim(-1, 1).float()
    for least in (1, 2):  # which mass it is does not matter here
        assert float(region_loss(tumour_for_cyst, target, least)) == pytest.approx(0, abs=1e-6)
    kidney_only = torch.nn.functional.one_hot((target > 0).long(), 4).movedim(-1, 1).float()
    assert float(region_loss(kidney_only, target, 1)) == pytest.approx(0, abs=1e-6)
    assert float(region_loss(kidney_only, target, 2)) > 0.9
    assert float(region_loss(kidney_only, torch.zeros_like(target), 2)) == 0


def test_the_right_answer_costs_less():
    target = torch.randint(0, 4, (1, 6, 6, 6), generator=torch.Generator().manual_seed(0))
    hot = torch.nn.functional.one_hot(target, 4).movedim(-1, 1).float()
    good = segmentation_loss(8 * hot, target, EVEN)
    assert float(good) < 0.05 < float(segmentation_loss(8 * hot.flip(1), target, EVEN))


def test_the_rate_warms_up_and_ends_at_zero():
    config = replace(TINY, warm_steps=10, rate=1.0)
    assert learning_rate(config, 0, 0.0) == pytest.approx(0.1)
    assert learning_rate(config, 50, 0.5) == pytest.approx(0.5)
    assert learning_rate(config, 50, 1.0) == pytest.approx(0.0, abs=1e-9)
    poly = replace(config, optimizer="sgd")
    assert learning_rate(poly, 50, 0.5) == pytest.approx(0.5**0.9)
    assert learning_rate(poly, 50, 1.2) == 0.0


def test_coarser_logits_are_held_to_every_second_voxel():
    target = torch.zeros(1, 8, 8, 8, dtype=torch.int64)
    target[:, 2:6, 2:6, 2:6] = 2
    hot = torch.nn.functional.one_hot(target, 4).movedim(-1, 1).float() * 8
    fine, half = hot, hot[:, :, ::2, ::2, ::2]
    right = float(deep_loss([fine, half], target, EVEN))
    assert right < 0.05
    wrong_half = float(deep_loss([fine, half.flip(1)], target, EVEN))
    wrong_fine = float(deep_loss([fine.flip(1), half], target, EVEN))
    assert right < wrong_half < wrong_fine  # the full grid weighs twice as much


def test_what_was_learned_is_found_again_as_rows_and_a_picture(tmp_path):
    torch.set_num_threads(1)
    plan = Plan(tmp_path, minutes=0.02, first_samples=2)
    last = train(TINY, Blobs("b1", "b2"), Blobs("b4"), plan)
    rows = read_rows(tmp_path)
    assert rows[-1]["event"] == "done" and int(rows[-1]["step"]) == last.step
    assert float(rows[-1]["kidney_and_mass"]) == last.scores["kidney_and_mass"]
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def short(tmp_path):
    return Plan(tmp_path, minutes=0.05, first_samples=1, wait_s=0.1)


def test_an_empty_pool_and_an_empty_validation_are_said(tmp_path):
    with pytest.raises(SettingError, match="too few samples"):
        train(TINY, Blobs(), Blobs("b4"), short(tmp_path))
    with pytest.raises(SettingError, match="no held-back samples"):
        train(TINY, Blobs("b1"), Blobs(), short(tmp_path))


def test_a_fifth_label_is_refused_by_name(tmp_path):
    class Fifth(Blobs):
        def read(self, name, spacing_zyx):
            hu, labels, _ = super().read(name, spacing_zyx)
            return OnGrid(hu, np.where(labels == 2, np.uint8(4), labels))

    with pytest.raises(SettingError, match="sample b1 has the label 4"):
        train(TINY, Fifth("b1"), Blobs("b4"), short(tmp_path))


def test_a_loss_that_is_no_number_ends_the_run_before_it_spoils_the_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "deep_loss", lambda outputs, *_: outputs[0].sum() * float("nan"))
    with pytest.raises(SettingError, match="no longer a number at step 1"):
        train(TINY, Blobs("b1"), Blobs("b4"), short(tmp_path))
    assert not (tmp_path / "last.pt").exists()


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 9 bytes"
        ),
    ],
)
def test_too_little_memory_names_the_patch(tmp_path, monkeypatch, error):
    def full(*_):
        raise error

    monkeypatch.setattr(loop, "deep_loss", full)  # a card that is full cannot be had here
    with pytest.raises(SettingError, match="2 patches of 16x16x16 on cpu"):
        train(TINY, Blobs("b1"), Blobs("b4"), short(tmp_path))


def test_another_fault_of_torch_is_not_taken_for_memory(tmp_path, monkeypatch):
    def broken(*_):
        raise RuntimeError("sizes do not match")

    monkeypatch.setattr(loop, "deep_loss", broken)
    with pytest.raises(RuntimeError, match="sizes do not match"):
        train(TINY, Blobs("b1"), Blobs("b4"), short(tmp_path))


def test_curves_that_cannot_be_written_are_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="cannot write"):
        curves.add_row(tmp_path / "file" / "run", {"step": 1})


def test_the_last_validation_is_in_the_picture(tmp_path):
    for event in ("validation", "done"):
        row = {"event": event, "step": 1, "elapsed_s": 3600, "mass": 0.5}
        curves.add_row(tmp_path, row)
    assert curves.points(read_rows(tmp_path), "mass") == [(1.0, 0.5), (1.0, 0.5)]
    assert curves.points(read_rows(tmp_path), "loss") == []


def test_devices_and_optimisers_that_are_not_there_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert find_device("auto").type == "cpu"
    with pytest.raises(SettingError, match="no CUDA device"):
        find_device("cuda")
    with pytest.raises(SettingError, match="no device 'tpu'"):
        find_device("tpu")
    with pytest.raises(SettingError, match="no optimiser 'lion'"):
        begin(replace(TINY, optimizer="lion"), "cpu")


def test_patches_are_normalised_like_scans():
    """Training and inference must see the same numbers."""
    from kidview.core.prepare import normalise

    sample = make_sample("a", OnGrid(*blob(1)))
    image, _ = cut(sample, TINY, plain((15.5, 15.5, 15.5)))
    wanted = normalise(sample.hu[8:24, 8:24, 8:24].numpy(), TINY.step())
    np.testing.assert_allclose(image[0].numpy(), wanted, atol=1e-4)


def test_a_short_run_learns_saves_and_resumes(tmp_path, capsys):
    torch.set_num_threads(1)
    plan = Plan(tmp_path / "run", minutes=0.05, first_samples=3, report_s=0.3)
    first = train(TINY, Blobs("b1", "b2", "b3"), Blobs("b4"), plan)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    losses = [row["loss"] for row in rows if row["event"] == "step"]
    assert losses[-1] < losses[0]
    again = load(tmp_path / "run")
    assert again.config == TINY and again.step == first.step
    assert again.split == {"train": ["b1", "b2", "b3"], "validation": ["b4"]}
    assert not list((tmp_path / "run").glob("*.part"))
    longer = replace(plan, minutes=first.elapsed_s / 60 + 0.02, resume=True)
    more = train(TINY, Blobs("b1", "b2", "b3"), Blobs("b4"), longer)
    assert more.step > first.step and more.elapsed_s > first.elapsed_s


def test_a_sitting_ends_early_and_the_next_goes_on(tmp_path, capsys):
    torch.set_num_threads(1)
    plan = Plan(tmp_path, minutes=0.1, resume=True, sitting_minutes=0.03, first_samples=2)
    first = train(TINY, Blobs("b1", "b2"), Blobs("b4"), plan)
    assert first.elapsed_s < 4 and '"done"' not in capsys.readouterr().out
    last = train(TINY, Blobs("b1", "b2"), Blobs("b4"), replace(plan, sitting_minutes=None))
    assert last.step > first.step and last.elapsed_s >= 6
    assert '"done"' in capsys.readouterr().out


def test_a_run_begins_with_the_weights_of_another_and_says_so(tmp_path):
    torch.set_num_threads(1)
    plan = Plan(tmp_path / "first", minutes=0.03, first_samples=2)
    first = train(TINY, Blobs("b1", "b2"), Blobs("b4"), plan)
    # A step at a rate of nothing leaves the weights as they came.
    still = replace(TINY, rate=0.0, weight_decay=0.0)
    onward = Plan(tmp_path / "next", minutes=0.01, init=tmp_path / "first", first_samples=2)
    second = train(still, Blobs("b1", "b2"), Blobs("b4"), onward)
    for name, values in first.ema.items():
        assert torch.allclose(second.model[name], values), name
    assert second.parent["optimiser_steps"] == first.step and second.parent["parent"] == {}
    other = replace(TINY, widths=(6, 12))
    with pytest.raises(ModelError, match="another network"):
        train(other, Blobs("b1", "b2"), Blobs("b4"), replace(onward, out=tmp_path / "third"))


def test_lesions_are_shown_as_often_as_asked():
    seeds = {1: np.zeros((1, 3), int), 2: np.full((1, 3), 100)}
    sample = Sample("s", torch.zeros(200, 200, 200), torch.zeros(1, 1, 1), seeds)
    rng = np.random.default_rng(0)
    for share in (0.2, 0.6):
        config = replace(CONFIGS["fine"], lesion_share=share, tile_zyx=(16, 16, 16))
        centres = np.array([draw(sample, config, rng).centre_zyx for _ in range(600)])
        near = (np.abs(centres - 100).max(axis=1) <= 8).mean()
        assert abs(near - share) < 0.07


def test_what_people_changed_is_in_the_middle_as_often_as_asked():
    labels = np.zeros((200, 200, 200), np.uint8)
    labels[10:30, 10:30, 10:30] = 1
    changed = np.zeros(labels.shape, bool)
    changed[150, 160, 170:173] = True  # background now: a false alarm was taken away
    told = make_sample("s", OnGrid(labels.astype(np.int16), labels, changed))
    for share in (0.2, 0.7):
        config = replace(TINY, changed_share=share)
        rng = np.random.default_rng(0)
        centres = np.array([draw(told, config, rng).centre_zyx for _ in range(800)])
        away = np.abs(centres - (150, 160, 171)) - (4, 4, 5)  # a quarter of the tile
        assert abs((away <= 0).all(axis=1).mean() - share) < 0.05
    untold = make_sample("s", OnGrid(labels.astype(np.int16), labels))
    before, after = (
        draw(untold, replace(TINY, changed_share=share), np.random.default_rng(1))
        for share in (0.0, 0.7)
    )
    np.testing.assert_array_equal(before.centre_zyx, after.centre_zyx)
    assert before.seed == after.seed


def test_a_thin_change_is_still_there_on_a_coarse_grid():
    changed = np.zeros(GRID.shape_zyx, bool)
    changed[11, 12, 13:40] = True
    found = on_grid(*blob(1), GRID, (6.0, 6.0, 6.0), changed)
    assert found.changed is not None and found.changed.shape == found.labels.shape
    assert set(map(tuple, np.argwhere(found.changed)[:, :2])) == {(11 * 2 // 6, 12 * 2 // 6)}
    assert found.changed.sum() == 40 * 2 // 6 + 1 - 13 * 2 // 6
    nothing = on_grid(*blob(1), GRID, (6.0, 6.0, 6.0), np.zeros(GRID.shape_zyx, bool))
    assert not nothing.changed.any()
    assert len(make_sample("a", nothing).changed) == 0


def test_a_sample_on_both_sides_of_the_split_is_refused(tmp_path):
    with pytest.raises(SettingError, match="both"):
        train(TINY, Blobs("b1"), Blobs("b1"), Plan(tmp_path, minutes=0.01))


def test_missing_or_damaged_checkpoints_are_named(tmp_path):
    with pytest.raises(ModelError, match="no checkpoint"):
        load(tmp_path)
    (tmp_path / "last.pt").write_bytes(b"nonsense" * 100)
    with pytest.raises(KidViewError, match="damaged"):
        load(tmp_path)


def test_configurations_survive_their_dictionary():
    for config in CONFIGS.values():
        assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(SettingError, match="use one of: coarse, fine, large"):
        find_config("medium")


def a_pool(folder, held_back):
    hu, labels = blob(1)
    return Pool(folder).write(0, PoolItem(hu, labels, (2.0, 2.0, 2.0), {"held_back": held_back}))


def test_a_resampled_sample_is_kept_and_made_again_when_it_changed(tmp_path):
    path = a_pool(tmp_path, held_back=False)
    source = PoolSource(tmp_path, held_back=False)
    (name,) = source.names()
    first = source.read(name, (4.0, 4.0, 4.0))
    kept = tmp_path / "prepared" / "4x4x4" / path.name
    assert first[0].shape == (20, 24, 28) and kept.exists()
    with np.load(kept) as file:
        np.savez(kept, hu=file["hu"] + 1, labels=file["labels"], side="trains")
    np.testing.assert_array_equal(source.read(name, (4.0, 4.0, 4.0))[0], first[0] + 1)
    kept.write_bytes(kept.read_bytes()[:500])  # damaged
    np.testing.assert_array_equal(source.read(name, (4.0, 4.0, 4.0))[0], first[0])
    os.utime(path, ns=(kept.stat().st_mtime_ns + 1,) * 2)
    np.testing.assert_array_equal(source.read(name, (4.0, 4.0, 4.0))[0], first[0])
    assert source.names() == [name]  # what is kept is no sample of the pool


def test_kept_samples_stay_on_their_side_of_the_split(tmp_path):
    a_pool(tmp_path, held_back=True)
    right, wrong = PoolSource(tmp_path, held_back=True), PoolSource(tmp_path, held_back=False)
    (name,) = right.names()
    wrong.names()
    right.read(name, (4.0, 4.0, 4.0))
    for spacing in ((4.0, 4.0, 4.0), (3.0, 3.0, 3.0)):
        with pytest.raises(SettingError, match="not meant for training"):
            wrong.read(name, spacing)
