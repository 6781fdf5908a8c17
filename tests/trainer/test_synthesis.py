"""Drawing training scans, from a tiny bank made by code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from kidview.core.errors import ReadError
from trainer.data import Pool
from trainer.synthesis import Bank, draw_sample
from trainer.synthesis.bank import Abdomen, Background, Side
from trainer.synthesis.fields import affine, blur, pull, pull_grid, smooth_field
from trainer.synthesis.kidneys import place
from trainer.synthesis.montage import montage
from trainer.synthesis.parameters import Parameters, draw_parameters
from trainer.synthesis.pool import fill_pool
from trainer.synthesis.prepare_bank import resample_labels, split_sides
from trainer.synthesis.sample import remove_crumbs
from trainer.synthesis.scanner import acquire, slice_matrix
from trainer.synthesis.scene import map_scene
from trainer.synthesis.tissue import Tissue, kidney_means, tissue_table
from trainer.synthesis.vessels import add_hilum

SHAPE = (56, 96, 120)
KIDNEYS_ZYX = ((28.0, 42.0, 84.0), (28.0, 42.0, 36.0))  # right has the larger x


def _ball(
    shape: tuple[int, ...], centre: tuple[float, ...], radius: float
) -> npt.NDArray[np.bool_]:
    grid = np.ogrid[tuple(slice(n) for n in shape)]
    squared = sum((g - c) ** 2 for g, c in zip(grid, centre, strict=True))
    return np.asarray(squared <= radius**2)


def _tissue() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    y, x = np.ogrid[: SHAPE[1], : SHAPE[2]]
    body = ((y - 48) / 42) ** 2 + ((x - 60) / 54) ** 2 <= 1
    tissue = np.where(body, np.uint8(Tissue.FAT), np.uint8(Tissue.AIR))
    tissue = np.repeat(tissue[None], SHAPE[0], axis=0)
    tissue[_ball(SHAPE, (28, 55, 60), 12)] = Tissue.CAVITY
    tissue[:, 18:32, 53:67] = Tissue.BONE_TRABECULAR
    kidneys = np.zeros(SHAPE, np.uint8)
    for label, centre in enumerate(KIDNEYS_ZYX, start=1):
        kidneys[_ball(SHAPE, centre, 11)] = label
    tissue[kidneys > 0] = Tissue.KIDNEY
    return tissue, kidneys


def _background() -> Background:
    tissue, kidneys = _tissue()
    mean = np.zeros(256)
    mean[[Tissue.AIR, Tissue.FAT, Tissue.CAVITY]] = -1000, -100, 40
    mean[[Tissue.BONE_TRABECULAR, Tissue.KIDNEY]] = 400, 150
    unknown = np.full(SHAPE, Tissue.UNKNOWN, np.uint8)
    hu = mean[tissue].astype(np.int16)
    return Background(hu, kidneys, unknown, "box", slice_mm=1.5, noise_hu=3.0, phase=1.5)


def _side(case: str, tumour: bool) -> Side:
    labels = _ball((26, 26, 26), (12.5, 12.5, 12.5), 11).astype(np.uint8)
    if tumour:
        labels[_ball(labels.shape, (12.5, 12.5, 21), 5)] = 2
    labels[_ball(labels.shape, (20, 12.5, 8), 3)] = 3
    return Side.pack(case, was_left=False, labels=labels)


@pytest.fixture(scope="module")
def bank() -> Bank:
    tissue, kidneys = _tissue()
    sides = (_side("case_1", True), _side("case_1", False), _side("case_2", False))
    return Bank((_background(),), (Abdomen(tissue, kidneys, "drawn"),), sides)


@pytest.fixture(autouse=True)
def _small_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.synthesis.parameters._draw_shape", lambda rng: (48, 88, 112))


def _recipe(bank: Bank, **changes: object) -> Parameters:
    plain = draw_parameters(np.random.default_rng(0), bank)
    fixed: dict[str, object] = {
        "shape_zyx": (48, 88, 112), "mirror": False, "scale_zyx": (1.0, 1.0, 1.0),
        "angles_deg": (0.0, 0.0, 0.0), "bend_mm": 0.0, "shift_mm": (0.0, 0.0, 0.0), "field_mm": 0.0,
        "noise_hu": 1.0, "sharpness_mm": 0.3, "slice_mm": 1.0,
        "eight_bit": False, "source": 0, "distractors": False,
        "healthy": False, "lesion_side": -1,
    }  # fmt: skip
    return replace(plain, **(fixed | changes))  # type: ignore[arg-type]


def _drawn(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, seed: int = 5, **changes: object
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint8]]:
    recipe = _recipe(bank, **changes)
    monkeypatch.setattr("trainer.synthesis.sample.draw_parameters", lambda rng, bank: recipe)
    sample = draw_sample(np.random.default_rng(seed), bank)
    return sample.hu, sample.labels


def test_the_same_seed_draws_the_same_sample(bank: Bank) -> None:
    one, two = (draw_sample(np.random.default_rng(11), bank) for _ in range(2))
    assert np.array_equal(one.hu, two.hu) and np.array_equal(one.labels, two.labels)
    assert one.meta == two.meta


def test_a_sample_keeps_the_contract(bank: Bank) -> None:
    sample = draw_sample(np.random.default_rng(4), bank)
    assert sample.hu.dtype == np.int16 and sample.labels.dtype == np.uint8
    assert sample.hu.shape == sample.labels.shape
    assert sample.spacing_zyx == (1.5, 1.5, 1.5)
    assert sample.hu.min() >= -1024 and sample.hu.max() <= 3071
    assert set(np.unique(sample.labels)) <= {0, 1, 2, 3}
    assert set(sample.meta["cases"]) <= {"case_1", "case_2"}


@pytest.mark.parametrize("family", ["scan", "map"])
def test_pasted_kidneys_lie_where_the_own_ones_were(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    _, labels = _drawn(bank, monkeypatch, family=family, own_kidneys=False, sides=(0, 2), phase=2.0)
    # The grid's middle lies 12 voxels in front of the kidneys' middle (28, 42, 60).
    offset = np.array((28, 54, 60)) - (np.array(labels.shape) - 1) / 2
    half = labels.shape[2] // 2
    for start, centre in ((half, KIDNEYS_ZYX[0]), (0, KIDNEYS_ZYX[1])):
        at = np.argwhere(labels[:, :, start : start + half] == 1).mean(axis=0) + (0, 0, start)
        assert np.linalg.norm(at + offset - centre) < 9


def test_only_the_side_with_the_tumour_gets_one(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, labels = _drawn(bank, monkeypatch, family="scan", own_kidneys=False, sides=(0, 2))
    half = labels.shape[2] // 2
    assert (labels[..., half:] == 2).any()
    assert not (labels[..., :half] == 2).any()


def test_kidney_brighter_than_fat_and_cysts_darker_than_kidney(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    hu, labels = _drawn(
        bank, monkeypatch, family="scan", own_kidneys=False, sides=(1, 2), phase=2.0
    )
    assert np.median(hu[labels == 1]) > 90
    assert np.median(hu[labels == 3]) < 60


def test_no_kidney_is_written_into_bone(bank: Bank) -> None:
    recipe = _recipe(bank, family="map")
    scene = map_scene(np.random.default_rng(1), recipe, bank.abdomens[0])
    bone = scene.cost == 255
    spine = np.array((23.5, 14.0, 55.5))  # `_tissue` has it at y 25, x 60 of the larger grid
    ball = bank.sides[2].labels
    written = place(np.random.default_rng(0), scene, ball, spine, wander=0.5)
    assert written is not None and written.sum() > 500
    assert _ball(bone.shape, tuple(spine), 9)[bone].any()
    assert not (scene.labels > 0)[bone].any()


@pytest.mark.parametrize("sides", [(0, 2), (2, 0)])
def test_lateral_tumours_stay_lateral_on_both_sides(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, sides: tuple[int, int]
) -> None:
    _, labels = _drawn(bank, monkeypatch, family="map", own_kidneys=False, sides=sides)
    tumour = np.argwhere(labels == 2).mean(axis=0)
    half = labels.shape[2] / 2
    kidneys = np.argwhere(labels == 1)
    own = kidneys[(kidneys[:, 2] > half) == (tumour[2] > half)].mean(axis=0)
    assert abs(tumour[2] - half) > abs(own[2] - half) + 4


def test_own_kidneys_keep_their_labels(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    _, labels = _drawn(bank, monkeypatch, family="scan", own_kidneys=True, sides=(-1, -1))
    truth = _tissue()[1] > 0
    assert set(np.unique(labels)) == {0, 1}
    assert (labels > 0).sum() == pytest.approx(truth.sum(), rel=0.05)


def test_a_lesion_put_on_own_kidneys_touches_them(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, labels = _drawn(
        bank, monkeypatch, family="scan", own_kidneys=True, sides=(-1, -1), lesion_side=0
    )
    lesions = np.argwhere(labels > 1)
    assert len(lesions)
    kidneys = np.argwhere(labels == 1)
    nearest = min(np.abs(kidneys - voxel).sum(axis=1).min() for voxel in lesions[::20])
    assert nearest <= 4


def test_healthy_recipes_hold_no_tumour(bank: Bank) -> None:
    rng = np.random.default_rng(8)
    recipes = [draw_parameters(rng, bank) for _ in range(400)]
    healthy = [r for r in recipes if r.healthy]
    assert 0.3 < len(healthy) / len(recipes) < 0.5
    for recipe in healthy:
        assert not any(k >= 0 and bank.sides[k].has_tumour for k in recipe.sides)
    sick = [r for r in recipes if not r.healthy and not r.own_kidneys]
    assert all(any(k >= 0 and bank.sides[k].has_tumour for k in r.sides) for r in sick)


def test_mirroring_exchanges_left_and_right(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = _drawn(bank, monkeypatch, family="scan", own_kidneys=True, sides=(-1, -1))[1]
    turned = _drawn(
        bank, monkeypatch, family="scan", own_kidneys=True, sides=(-1, -1), mirror=True
    )[1]
    assert np.mean(plain[:, :, ::-1] == turned) > 0.995


def test_eight_bit_scans_are_clipped_and_stepped(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    hu, _ = _drawn(
        bank, monkeypatch, family="scan", own_kidneys=True, sides=(-1, -1), eight_bit=True
    )
    assert hu.min() >= -125 and hu.max() <= 225
    steps = np.rint(np.rint((np.arange(256)) * (350 / 255) - 125))
    assert set(np.unique(hu)) <= set(steps.astype(int))


def test_noise_has_the_promised_size(bank: Bank) -> None:
    for slice_mm in (1.0, 5.0):
        recipe = _recipe(bank, noise_hu=12.0, slice_mm=slice_mm)
        flat = np.full((60, 64, 64), 50, np.float32)
        sds = [
            acquire(np.random.default_rng(k), flat.copy(), recipe, has_table=True)[8:-8].std()
            for k in range(4)
        ]
        assert np.mean(sds) == pytest.approx(12, rel=0.15)


def test_thick_slices_average_a_step_over_their_thickness() -> None:
    weights = slice_matrix(60, 5.0, start=0.3)
    assert weights.sum(axis=1) == pytest.approx(np.ones(60), abs=1e-5)
    step = weights @ (np.arange(60) >= 30)
    blurred = ((step > 0.02) & (step < 0.98)).sum() * 1.5
    assert 3 <= blurred <= 12
    assert np.all(np.diff(step) >= -1e-6)
    assert np.array_equal(slice_matrix(9, 1.0, 0.5), np.eye(9))


def test_blur_agrees_with_scipy() -> None:
    from scipy import ndimage

    image = np.random.default_rng(2).normal(size=(14, 20, 18)).astype(np.float32)
    expected = ndimage.gaussian_filter(image, (0.8, 1.3, 0), mode="nearest", truncate=2.5)
    inner = (slice(4, -4),) * 3
    assert np.abs(blur(image, (0.8, 1.3, 0.0)) - expected)[inner].max() < 0.02


def test_smooth_fields_are_standard_and_smooth() -> None:
    field = smooth_field(np.random.default_rng(1), (40, 50, 60), 8.0)
    assert field.mean() == pytest.approx(0, abs=1e-4)
    assert field.std() == pytest.approx(1, abs=0.05)
    assert np.abs(np.diff(field, axis=2)).max() < 1.5


def test_a_grid_without_motion_reads_the_source_as_it_is() -> None:
    source = np.random.default_rng(0).normal(size=(1, 9, 11, 13)).astype(np.float32)
    rng = np.random.default_rng(0)
    matrix = affine((1, 1, 1), (0, 0, 0))
    grid = pull_grid(rng, (9, 11, 13), np.array((4.0, 5.0, 6.0)), matrix, 0.0, 5.0)
    assert np.abs(pull(source, grid) - source).max() < 1e-4


def test_scaling_up_makes_things_larger() -> None:
    source = _ball((41, 41, 41), (20, 20, 20), 8).astype(np.float32)[None]
    matrix = affine((1.25, 1.25, 1.25), (10, 20, 5))
    rng = np.random.default_rng(0)
    grid = pull_grid(rng, (41, 41, 41), np.array((20.0, 20.0, 20.0)), matrix, 0.0, 5.0)
    assert pull(source, grid).sum() / source.sum() == pytest.approx(1.25**3, rel=0.03)


def test_enhancement_follows_the_phase() -> None:
    rng = np.random.default_rng(0)
    means = {
        phase: np.mean([kidney_means(rng, phase) for _ in range(200)], axis=0)
        for phase in (0.0, 1.0, 2.0)
    }
    assert abs(means[0.0][0] - means[0.0][1]) < 10
    assert means[1.0][0] - means[1.0][1] > 80
    assert means[2.0][1] > 130
    aorta = [tissue_table(rng, phase, 1.0)[0][Tissue.ARTERY] for phase in (0.0, 1.0)]
    assert aorta[1] - aorta[0] > 100


def test_kidneys_are_told_apart_by_side() -> None:
    labels = np.zeros((20, 24, 80), np.uint8)
    labels[_ball(labels.shape, (10, 12, 14), 8)] = 1  # the patient's left: low x
    labels[_ball(labels.shape, (10, 12, 60), 8)] = 1
    labels[_ball(labels.shape, (10, 12, 68), 3)] = 2
    sides = split_sides(labels, middle_x=39.5)
    assert set(sides) == {"right", "left"}
    assert (sides["right"] == 2).any() and not (sides["left"] == 2).any()


def test_resampled_labels_keep_their_volume() -> None:
    labels = _ball((20, 60, 60), (10, 30, 30), 8).astype(np.uint8)
    small = resample_labels(labels, (3.0, 0.75, 0.75))
    volume = labels.sum() * 3.0 * 0.75**2
    assert small.sum() * 1.5**3 == pytest.approx(volume, rel=0.08)


def test_crumbs_are_taken_away_and_lesions_kept() -> None:
    labels = np.zeros((40, 40, 40), np.uint8)
    labels[5:25, 5:25, 5:25] = 1
    labels[8:12, 8:12, 8:12] = 3
    labels[20, 20, 18:22] = 2  # a speck in the kidney
    labels[35, 35, 35] = 2  # loose
    wanted = labels.copy()
    wanted[20, 20, 18:22] = 1
    wanted[35, 35, 35] = 0
    remove_crumbs(labels)
    np.testing.assert_array_equal(labels, wanted)


def test_an_empty_bank_is_refused() -> None:
    with pytest.raises(ReadError, match="empty"):
        Bank((), (), ())


def test_a_pool_is_resumed_and_can_be_looked_at(bank: Bank, tmp_path: Path) -> None:
    pool = Pool(tmp_path)
    fill_pool(pool, bank, range(2), seed=3, held_back=False)
    first = pool.paths()[0]
    kept, stamp = first.read_bytes(), first.stat().st_mtime_ns
    pool.paths()[1].unlink()
    fill_pool(pool, bank, range(2), seed=3, held_back=False)
    assert first.read_bytes() == kept and first.stat().st_mtime_ns == stamp
    assert len(pool.paths()) == 2
    assert pool.load(first).meta["seed"] == [3, 0]
    picture = montage(tmp_path, count=2, seed=0)
    assert picture.width > 1000 and np.asarray(picture).max() > 200


def test_real_shapes_and_maps_make_a_bank(real_data: Path, tmp_path: Path) -> None:
    from trainer.synthesis.prepare_bank import prepare_icrp, prepare_sides, read_house

    one = tmp_path / "shapes"
    one.mkdir()
    (one / "case_00003.nii.gz").symlink_to(real_data / "kits23-shapes" / "case_00003.nii.gz")
    prepare_sides(one, tmp_path / "sides")
    with np.load(tmp_path / "sides" / "case_00003.npz") as f:
        sides = {key: f[key] for key in f.files}
    assert set(sides) == {"right", "left"}
    ml = sum((side == 1).sum() for side in sides.values()) * 1.5**3 / 1000
    assert ml == pytest.approx(373.24, rel=0.02)  # cases.csv
    tumour = sum((side == 2).sum() for side in sides.values()) * 1.5**3 / 1000
    assert tumour == pytest.approx(11.37, rel=0.05)
    labels, spacing = read_house(real_data / "organs" / "icrp110" / "AF.nii.gz")
    assert spacing == pytest.approx((4.84, 1.775, 1.775))
    liver, spleen = (np.argwhere(labels == k).mean(axis=0) for k in (95, 127))
    assert liver[2] > spleen[2]  # x grows to the patient's right
    assert callable(prepare_icrp)


def test_bodies_are_scaled_to_the_width_of_adults(bank: Bank) -> None:
    source = bank.backgrounds[0]
    assert source.width_mm == pytest.approx(109 * 1.5, abs=16)
    rng = np.random.default_rng(1)
    scales = [draw_parameters(rng, bank).scale_zyx[2] for _ in range(50)]
    assert min(scales) > 1.1  # the little phantom is always enlarged


def test_some_samples_lie_far_from_the_kidneys(bank: Bank) -> None:
    rng = np.random.default_rng(2)
    shifts = [abs(draw_parameters(rng, bank).shift_mm[0]) for _ in range(300)]
    assert 0.6 < np.mean(np.array(shifts) < 25) < 0.85


def test_renal_vessels_stay_in_fat_and_unlabelled(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = _recipe(bank, family="map", phase=1.0, wildness=0.1)
    scene = map_scene(np.random.default_rng(1), recipe, bank.abdomens[0])
    assert scene.targets[0] is not None
    written = _ball(scene.labels.shape, tuple(scene.targets[0]), 8)
    scene.labels[written] = 1
    before = scene.hu.copy()
    add_hilum(np.random.default_rng(0), scene, written, phase=1.0)
    changed = scene.hu != before
    assert changed.sum() > 100
    assert (scene.cost[changed] == 0).all() and not (scene.labels[changed] > 0).any()
    assert set(np.unique(scene.labels)) == {0, 1}
