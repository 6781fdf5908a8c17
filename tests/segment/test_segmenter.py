"""From scan to proposal with a model whose answer is known."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.errors import ModelError
from kidview.core.geometry import Geometry
from kidview.core.modelcard import Step, read_card
from kidview.core.task import Cancelled, Task
from kidview.core.types import LabelArray, ScoreArray
from kidview.core.volume import Volume
from kidview.segment import Segmenter, devices, list_models
from kidview.segment.devices import Running, load_network
from kidview.segment.network import OutOfMemory
from kidview.segment.regions import cores_in, kidney_regions
from kidview.segment.segmenter import contrast_notes
from tests.segment.known_model import add_ball, make_step, threshold_onnx

Write = Callable[..., Path]


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2.0 * float((one & other).sum()) / float(one.sum() + other.sum())


def test_labels_come_back_on_the_scans_own_grid(
    write_model: Write, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    volume, truth = two_kidneys
    proposal = Segmenter(write_model(), "trial", "cpu").run(volume, Task())
    found = proposal.as_label_map(volume.geometry).array
    assert found.shape == truth.shape
    # The made-up edges go through every interval, so lesions have a thin rim of others.
    assert dice(found > 0, truth > 0) > 0.96
    for label in (1, 2, 3):
        assert dice(found == label, truth == label) > 0.8, label
    shift = np.subtract(ndimage.center_of_mass(found > 0), ndimage.center_of_mass(truth > 0))
    assert np.abs(shift).max() < 0.1  # a grid laid half a voxel off would show here
    assert proposal.provider == "CPU" and proposal.model == "trial" and proposal.notes == ()


def test_doubt_lies_where_labels_meet(
    write_model: Write, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    volume, truth = two_kidneys
    proposal = Segmenter(write_model(), "trial", "cpu").run(volume, Task())
    unsure = proposal.uncertainty
    assert unsure is not None and unsure.values.shape == unsure.box.shape
    part = truth[unsure.box.slices]
    deep = ndimage.minimum_filter(part, 7) == ndimage.maximum_filter(part, 7)
    at_edge = ndimage.minimum_filter(part, 3) != ndimage.maximum_filter(part, 3)
    assert unsure.values[deep].mean() < 0.2 * unsure.values[at_edge].mean()
    outline_ml = float((proposal.labels > 0).sum()) * volume.geometry.voxel_ml
    wanted = unsure.values.astype(float).sum() / 255 * volume.geometry.voxel_ml / outline_ml
    assert proposal.doubt == pytest.approx(wanted, rel=1e-6)


def test_an_oblique_scan_gives_the_same_labels(
    write_model: Write, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    volume, _ = two_kidneys
    turn = np.deg2rad(12)
    rotation = np.eye(4)
    rotation[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    turned = Geometry(volume.geometry.shape_zyx, rotation @ volume.geometry.zyx_to_ras)
    segmenter = Segmenter(write_model(), "trial")
    one = segmenter.run(volume, Task())
    other = segmenter.run(replace(volume, geometry=turned), Task())
    assert one.box == other.box and np.array_equal(one.labels, other.labels)


def test_a_proposal_counts_and_tells(
    write_model: Write, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    volume, _ = two_kidneys
    proposal = Segmenter(write_model(), "trial").run(volume, Task())
    whole = proposal.as_label_map(volume.geometry).array
    assert proposal.voxels == {n: int((whole == n).sum()) for n in (1, 2, 3)}
    kidney_ml = proposal.voxels[1] * volume.geometry.voxel_ml
    assert proposal.summary().startswith(f"Kidney {kidney_ml:.0f} mL, tumour ")


def test_a_scan_without_kidneys_says_so(
    write_model: Write, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    volume, _ = two_kidneys
    empty = replace(volume, hu=np.full_like(volume.hu, -100))
    proposal = Segmenter(write_model(), "trial").run(empty, Task())
    assert proposal.notes == ("no kidney was found",)
    assert proposal.summary() == "Kidney none, tumour none, cyst none"
    assert not proposal.as_label_map(empty.geometry).array.any()


def test_a_label_map_is_no_ct(write_model: Write, two_kidneys: tuple[Volume, LabelArray]) -> None:
    volume, truth = two_kidneys
    labels = replace(volume, hu=truth.astype(np.int16))
    with pytest.raises(ModelError, match="values from 0 to 3 hold neither fat nor air"):
        Segmenter(write_model(), "trial").run(labels, Task())


def test_progress_grows_and_a_cancel_ends_it(
    write_model: Write, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    seen: list[float] = []

    class Watched(Task):
        def report(self, fraction: float, note: str = "") -> None:
            seen.append(fraction)
            if len(seen) == 12:
                self.cancel()
            super().report(fraction, note)

    segmenter = Segmenter(write_model(), "trial")
    with pytest.raises(Cancelled):
        segmenter.run(two_kidneys[0], Watched())
    assert len(seen) == 12 and seen == sorted(seen)
    segmenter.run(two_kidneys[0], task := Watched())
    assert task.fraction == 1.0


def test_no_float_copy_of_the_scan_is_made(write_model: Write) -> None:
    geometry = Geometry.straight((160, 512, 512), (2.5, 0.8, 0.8))
    hu = np.full(geometry.shape_zyx, -100, np.int16)
    add_ball(hu, geometry, (170, 200, 130), 28, 100)
    volume = Volume(hu, geometry, None)  # type: ignore[arg-type]
    segmenter = Segmenter(write_model(), "trial")
    tracemalloc.start()
    try:
        proposal = segmenter.run(volume, Task())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert proposal.voxels[1] > 0
    assert peak < hu.nbytes  # scores of the whole scan alone would be eight times that


# -- models that cannot be used -----------------------------------------------------------


def test_models_are_listed_and_a_wrong_name_tells_them(write_model: Write) -> None:
    folder = write_model()
    assert list_models(folder) == ["trial"]
    with pytest.raises(ModelError, match=r"no model is called 'big' - models there are: trial"):
        Segmenter(folder, "big")


def test_a_card_without_a_field_names_it(write_model: Write) -> None:
    card = write_model() / "trial.json"
    card.write_text(card.read_text().replace('"overlap"', '"overlop"'), encoding="utf-8")
    with pytest.raises(ModelError, match=r"model card trial.json lacks the field 'overlap'"):
        Segmenter(card.parent, "trial")


def test_a_changed_network_is_refused(
    write_model: Write, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    folder = write_model()
    (folder / "trial.fine.onnx").write_bytes(threshold_onnx((0.0, 1.0, 2.0)))
    with pytest.raises(ModelError, match="sha256"):
        Segmenter(folder, "trial").run(two_kidneys[0], Task())


def test_cuda_that_is_not_there_is_refused_by_name_and_passed_over_by_auto(
    write_model: Write, monkeypatch: pytest.MonkeyPatch, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    monkeypatch.setattr(devices, "cuda_obstacle", lambda: "there is no NVIDIA driver")
    monkeypatch.setattr(devices, "openvino_obstacle", lambda: "it is not there either")
    with pytest.raises(ModelError, match=r"there is no NVIDIA driver - use --device auto or cpu"):
        Segmenter(write_model(), "trial", "cuda")
    assert Segmenter(write_model(), "trial", "auto").run(two_kidneys[0], Task()).provider == "CPU"


class Card:
    """Stands for a graphics card with room for tiles up to a size."""

    def __init__(self, most: int, channels: int, device: str, seen: list[str]) -> None:
        self.most, self.channels, self.seen = most, channels, seen
        self.provider = "CUDA" if device == "cuda" else "CPU"

    def run(self, tile: ScoreArray, task: Task) -> ScoreArray:
        self.seen.append(f"{self.provider} {tile.shape}")
        if self.provider == "CUDA" and tile.size > self.most:
            raise OutOfMemory
        hu = tile * 75 + 50
        return np.stack([30 * np.ones_like(hu), hu - 30, hu * 0 - 99, hu * 0 - 99])


@pytest.mark.parametrize(
    ("most", "provider", "words"),
    [(64**3, "CUDA", ""), (64 * 64 * 32, "CUDA", "tile"), (1, "CPU", "CPU")],
)
def test_a_full_card_gets_smaller_tiles_then_the_cpu(
    most: int,
    provider: str,
    words: str,
    write_model: Write,
    monkeypatch: pytest.MonkeyPatch,
    two_kidneys: tuple[Volume, LabelArray],
) -> None:
    monkeypatch.setattr(devices, "cuda_obstacle", lambda: "")
    seen: list[str] = []

    def load(folder: Path, step: Step, channels: int, device: str) -> Card:
        return Card(most, channels, device, seen)

    folder = write_model(tile=(64, 64, 64))
    segmenter = Segmenter(folder, "trial", "auto", load)  # type: ignore[arg-type]
    proposal = segmenter.run(two_kidneys[0], Task())
    assert proposal.provider == provider
    assert words in " ".join(proposal.notes)
    assert bool(proposal.notes) == bool(words)
    assert proposal.voxels[1] > 0


def test_a_network_is_loaded_once_for_all_its_boxes(
    write_model: Write, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    loaded: list[str] = []

    def load(folder: Path, step: Step, channels: int, device: str) -> Running:
        loaded.append(step.role)
        return load_network(folder, step, channels, device)

    proposal = Segmenter(write_model(), "trial", "cpu", load).run(two_kidneys[0], Task())
    assert proposal.voxels[1] > 0
    assert loaded == ["coarse", "fine"]


@pytest.mark.parametrize(("doubt", "is_found"), [(0.2, True), (1.0, False)])
def test_scores_of_several_coarse_steps_are_averaged(
    doubt: float, is_found: bool, write_model: Write, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    """The first is sure of the kidneys; the second gives background that probability."""
    folder = write_model()
    card = read_card(folder / "trial.json")
    coarse, fine = card.steps
    card = replace(card, steps=(coarse, replace(coarse, mean_hu=0.0), fine))
    (folder / "trial.json").write_text(card.to_json(), encoding="utf-8")
    assert card.titles == ("coarse", "coarse-2", "fine")

    class Doubtful:
        provider, channels = "CPU", 4

        def run(self, tile: ScoreArray, task: Task) -> ScoreArray:
            shares = np.array([doubt, 1 - doubt, 0, 0]) + 1e-9
            return np.broadcast_to(np.log(shares)[:, None, None, None], (4, *tile.shape)).copy()

    def load(folder: Path, step: Step, channels: int, device: str) -> Running:
        second = step.role == "coarse" and step.mean_hu == 0.0
        return Doubtful() if second else load_network(folder, step, channels, device)

    proposal = Segmenter(folder, "trial", "cpu", load).run(two_kidneys[0], Task())
    assert (proposal.voxels[1] > 0) is is_found


def test_coarse_steps_on_different_grids_are_refused(write_model: Write) -> None:
    folder = write_model()
    card = read_card(folder / "trial.json")
    coarse, fine = card.steps
    steps = (coarse, replace(coarse, spacing_zyx=(3.0, 3.0, 3.0)), fine)
    (folder / "trial.json").write_text(replace(card, steps=steps).to_json(), encoding="utf-8")
    with pytest.raises(ModelError, match="'steps' is unusable"):
        Segmenter(folder, "trial", "cpu")


# -- where the fine step looks ------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(*[st.floats(0.4, 6.0)] * 3),
    st.tuples(*[st.integers(30, 90)] * 3),
    st.lists(st.tuples(*[st.floats(0.15, 0.85)] * 3), min_size=1, max_size=3),
)
def test_boxes_hold_what_was_found_with_room_and_do_not_overlap(
    spacing: tuple[float, float, float],
    shape: tuple[int, int, int],
    places: list[tuple[float, float, float]],
) -> None:
    scan = Geometry.straight(shape, spacing, (3.0, -7.0, 11.0))
    coarse = scan.resampled((4.0, 4.0, 4.0))
    kidney = np.zeros(coarse.shape_zyx, np.float32)
    for sure, place in zip((0.9, 0.8, 0.7), places, strict=False):
        at = [min(int(p * n), n - 1) for p, n in zip(place, kidney.shape, strict=True)]
        kidney[tuple(slice(max(a - 3, 0), a + 4) for a in at)] = sure
    step = make_step("fine", b"", tile_zyx=(16, 16, 16), margin_mm=6.0)
    regions = kidney_regions(np.stack([1 - kidney, kidney]), coarse, scan, step)
    cover = np.zeros(shape, int)
    for box in regions.boxes:
        cover[box.slices] += 1
        assert all(
            n == whole or n * s >= 32.0 - s - 1e-6
            for n, whole, s in zip(box.shape, shape, spacing, strict=True)
        )
    assert cover.max(initial=0) <= 1
    assert regions.cores.max() <= 2
    points = coarse.index_to_ras(np.argwhere(regions.cores > 0))
    for index in {scan.nearest_index(point) for point in points[::7]}:
        assert cover[index] == 1


def test_the_likeliest_two_are_taken_and_a_third_like_them_is_told() -> None:
    scan = Geometry.straight((80, 80, 80), (4.0, 4.0, 4.0))
    kidney = np.zeros(scan.shape_zyx, np.float32)
    kidney[5:25, 5:25, 5:25] = 0.55  # large, but the network doubts it: 282 mL
    kidney[40:55, 40:55, 5:20] = 0.99  # 214 mL
    kidney[40:54, 5:20, 60:75] = 0.98  # 198 mL
    kidney[70:73, 70:73, 70:73] = 1.0  # a crumb
    scores = np.stack([1 - kidney, kidney])
    regions = kidney_regions(scores, scan, scan, make_step("fine", b"", margin_mm=0.0))
    assert set(np.unique(regions.cores[5:25, 5:25, 5:25])) == {1}
    assert set(np.unique(regions.cores[40:55, 40:55, 5:20])) == {2}
    assert regions.notes == ("a third piece like a kidney, of about 198 mL, was left out",)
    assert not regions.cores[60:].any()


def test_a_piece_that_is_all_mass_ranks_behind_kidneys_and_a_replaced_kidney_does_not() -> None:
    scan = Geometry.straight((80, 80, 80), (4.0, 4.0, 4.0))
    kidney, mass = np.zeros((2, *scan.shape_zyx), np.float32)
    mass[5:30, 5:30, 5:30] = 0.99  # 990 mL, and no kidney in it: a liver
    kidney[5:7, 5:9, 5:9] = 0.99
    kidney[40:54, 5:20, 60:75] = 0.98  # 198 mL
    mass[40:60, 40:60, 5:25] = 0.95  # 486 mL of tumour
    kidney[40:60, 38:40, 5:25] = 0.95  # and what it left of the kidney, 49 mL
    scores = np.stack([1 - np.maximum(kidney, mass), kidney, mass])
    regions = kidney_regions(scores, scan, scan, make_step("fine", b"", margin_mm=0.0))
    assert regions.cores[50, 50, 15] == 1 and regions.cores[45, 10, 65] == 2
    assert not regions.cores[:30].any()


@given(st.tuples(*[st.floats(0.5, 6.0)] * 3))
@settings(max_examples=20, deadline=None)
def test_cores_lie_at_the_same_place_on_another_grid(spacing: tuple[float, float, float]) -> None:
    scan = Geometry.straight((40, 50, 60), spacing, (5.0, -3.0, 2.0))
    coarse = scan.resampled((4.0, 4.0, 4.0))
    cores = np.random.default_rng(0).integers(0, 3, coarse.shape_zyx).astype(np.uint8)
    grid = scan.crop(Box((3, 4, 5), (38, 47, 58)))
    found = cores_in(cores, coarse, grid)
    assert found.shape == grid.shape_zyx
    for index in np.random.default_rng(1).integers(0, found.shape, (50, 3)):
        nearest = coarse.nearest_index(grid.index_to_ras(index))
        offset = coarse.ras_to_index(grid.index_to_ras(index))
        if np.abs(offset - np.floor(offset) - 0.5).min() > 1e-6:  # no tie
            assert found[tuple(index)] == cores[nearest]


@pytest.mark.parametrize(("kidney", "tells"), [(38, True), (64, True), (66, False), (180, False)])
def test_kidneys_without_contrast_agent_are_told(kidney: int, tells: bool) -> None:
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[1:3], labels[2, 2] = 1, 2
    hu = np.where(labels == 1, kidney, -100).astype(np.int16)
    notes = contrast_notes(hu, labels)
    assert bool(notes) is tells
    assert all(f"({kidney} HU)" in note for note in notes)
    assert contrast_notes(hu, np.zeros_like(labels)) == []
