"""Real cases on disk train and validate, each on its side of the split, without being touched."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from kidview.cases import Author, CaseStore, Status
from kidview.core.errors import CaseError, GridMismatch
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.io import read_scan, write_scan
from trainer.data.split import is_held_back
from trainer.training.patches import make_sample
from trainer.training.store import DataSetSource, PoolSource, find_source

# KiTS23's order: (z, y, x) in the file, axes I, P, L; millimetres.
AFFINE = np.array([[0, 0, -1.0, 0], [0, -1.0, 0, 0], [-2.0, 0, 0, 0], [0, 0, 0, 1.0]])
ORDER = AxisOrder((2, 1, 0), (False, False, False))
STORED = Geometry.straight((64, 64, 64), (2.0, 2.0, 2.0))  # all of it within 8 cm of the labels
NETWORK = Author("model", "net", "2", "a" * 64)


def write_case(folder, name, lesion=2):
    rng = np.random.default_rng(len(name))
    labels = np.zeros((60, 220, 230), np.uint8)
    labels[20:40, 100:140, 40:70] = 1
    labels[25:30, 110:120, 50:60] = lesion
    hu = np.where(labels == 1, 160, np.where(labels > 1, 60, -90)) + rng.normal(0, 5, labels.shape)
    (folder / name).mkdir(parents=True)
    for file, array in (("imaging", hu.astype(np.int16)), ("segmentation", labels)):
        nib.save(nib.Nifti1Image(array, AFFINE), folder / name / f"{file}.nii.gz")
    return labels


@pytest.fixture
def kits(tmp_path):
    names = [f"case_{n:05d}" for n in range(12)]
    chosen = [name for name in names if is_held_back(name)][:1]
    chosen += [name for name in names if not is_held_back(name)][:2]
    return tmp_path / "kits", {name: write_case(tmp_path / "kits", name) for name in chosen}


def test_every_case_stands_on_one_side(kits, tmp_path):
    folder, cases = kits
    train, held = (find_source(folder, side, tmp_path / "kept") for side in (False, True))
    assert isinstance(train, DataSetSource)
    assert sorted(train.names() + held.names()) == sorted(cases)
    assert len(train.names()) == 2 and not set(train.names()) & set(held.names())


def test_a_case_is_read_in_house_order_cut_to_the_kidneys_and_kept(kits, tmp_path):
    folder, cases = kits
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    source = find_source(folder, held_back=False, prepared=tmp_path / "kept")
    name = source.names()[0]
    hu, labels, _ = source.read(name, (2.0, 1.0, 1.0))
    truth = cases[name][::-1, ::-1, ::-1]  # I, P, L to S, A, R
    assert labels.shape == (60, 200, 150)  # 80 mm about the kidney, where the scan goes so far
    for label in (1, 2):
        assert (labels == label).sum() == (truth == label).sum()
        assert abs(hu[labels == label].mean() - {1: 160, 2: 60}[label]) < 1
    again = source.read(name, (2.0, 1.0, 1.0))
    np.testing.assert_array_equal(again[0], hu)
    assert len(list((tmp_path / "kept").rglob(f"2x1x1/{name}.npz"))) == 1
    whole = source.read(name, (4.0, 4.0, 4.0))
    assert whole.hu.shape == (30, 55, 58)  # a coarse grid keeps the whole scan
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_labels_of_another_grid_are_refused(kits, tmp_path):
    folder, _ = kits
    source = find_source(folder, held_back=False, prepared=tmp_path / "kept")
    name = source.names()[0]
    wrong = nib.Nifti1Image(np.zeros((60, 220, 200), np.uint8), AFFINE)
    nib.save(wrong, folder / name / "segmentation.nii.gz")
    with pytest.raises(GridMismatch):
        source.read(name, (4.0, 4.0, 4.0))
    assert not (tmp_path / "kept").exists()


def a_stored_case(folder, refer=None):
    """A kidney with a lesion that a person made of what a network proposed, far from the scan's
    other end, where the person took something away."""
    hu = np.random.default_rng(5).integers(-100, 200, STORED.shape_zyx).astype(np.int16)
    source = Source(folder / "a.nii", "NIfTI", ORDER, STORED.zyx_to_ras[:, [2, 1, 0, 3]], "")
    scan = Volume(hu, STORED, source)
    if refer is not None:
        write_scan(scan, refer)
        scan = read_scan(refer)
    proposed = np.zeros(STORED.shape_zyx, np.uint8)
    proposed[5:15, 5:20, 5:20] = 1
    proposed[60, 60, 60:62] = 3
    truth = proposed.copy()
    truth[8, 8, 5:9], truth[60, 60, 60:62] = 2, 0
    store = CaseStore(folder / "cases")
    case = store.add(scan, refer=refer is not None)
    case = store.write_prediction(case, LabelMap(proposed, STORED, owned=True), NETWORK)
    painted = truth != proposed
    painted[5:7, 5:20, 5:20] = True  # looked at and left as it was
    case = store.write_corrected(case, LabelMap(truth, STORED, owned=True), painted, "Ann")
    return store, store.set_status(case, Status.CORRECTED, "Ann"), truth != proposed


def source_of(store, case, tmp_path):
    return DataSetSource(store.folder, is_held_back(case.patient), tmp_path / "kept")


def test_what_people_changed_comes_with_a_stored_case(tmp_path):
    store, case, changed = a_stored_case(tmp_path)
    source = source_of(store, case, tmp_path)
    (name,) = source.names()
    for _ in range(2):  # made, and kept
        found = source.read(name, STORED.spacing_zyx)
        np.testing.assert_array_equal(found.changed, changed)
    seeds = make_sample(name, found).changed
    assert {tuple(at) for at in seeds} == {tuple(at) for at in np.argwhere(changed)}


def test_a_network_that_was_asked_later_is_no_person(tmp_path):
    store, case, changed = a_stored_case(tmp_path)
    truth = store.load_corrected(case)
    case = store.set_status(case, Status.IN_CORRECTION, "Ann")
    newer = Author("model", "net", "3", "c" * 64)
    case = store.write_prediction(case, truth, newer)  # it gets everything right
    store.set_status(case, Status.CORRECTED, "Ann")
    source = source_of(store, case, tmp_path)
    assert not source.read(source.names()[0], STORED.spacing_zyx).changed.any()


def test_without_a_prediction_all_that_is_a_persons_counts(tmp_path):
    store, case, _ = a_stored_case(tmp_path)
    scan, truth = store.load_image(case), store.load_corrected(case)
    other = CaseStore(tmp_path / "other")
    case = other.add(scan, labels=truth, by="Ann")
    source = source_of(other, case, tmp_path)
    found = source.read(source.names()[0], STORED.spacing_zyx)
    np.testing.assert_array_equal(found.changed, found.labels > 0)


@pytest.mark.parametrize("file", ["corrected-3.nii.gz", "origin-3.nii.gz", "prediction-2.nii.gz"])
def test_a_mask_that_was_changed_by_hand_teaches_nothing(file, tmp_path):
    store, case, _ = a_stored_case(tmp_path)
    path = store.folder / case.case_id / file
    mask = nib.load(path)
    changed = np.asarray(mask.dataobj).copy()
    changed[0, 0, 0] = 1
    nib.save(nib.Nifti1Image(changed, mask.affine), path)
    source = source_of(store, case, tmp_path)
    with pytest.raises(
        CaseError, match=f"{case.case_id}/{file} was changed outside KidView"
    ) as told:
        source.read(source.names()[0], STORED.spacing_zyx)
    assert "sha256 is not the record's" in told.value.what
    assert not (tmp_path / "kept").exists()


def test_a_case_that_changed_after_it_was_kept_is_proved_again(tmp_path):
    store, case, _ = a_stored_case(tmp_path)
    source = source_of(store, case, tmp_path)
    source.read(source.names()[0], STORED.spacing_zyx)
    path = store.folder / case.case_id / case.corrected.mask.file
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(CaseError, match="was changed outside"):
        source.read(source.names()[0], STORED.spacing_zyx)


def test_a_scan_referred_to_that_is_another_one_now_teaches_nothing(tmp_path):
    place = tmp_path / "patient_scan.nii.gz"
    store, case, _ = a_stored_case(tmp_path, refer=place)
    assert case.image.local_path
    source = source_of(store, case, tmp_path)
    source.read(source.names()[0], STORED.spacing_zyx)
    scan = read_scan(place)
    other = scan.hu.copy()
    other[0, 0, 0] += 1
    write_scan(Volume(other, scan.geometry, scan.source), tmp_path / "other.nii.gz")
    (tmp_path / "other.nii.gz").replace(place)
    with pytest.raises(CaseError, match="not the one the case was made with"):
        source.read(source.names()[0], STORED.spacing_zyx)
    place.unlink()
    with pytest.raises(CaseError, match="gone or damaged") as told:
        source.read(source.names()[0], STORED.spacing_zyx)
    assert "patient_scan" not in str(told.value), "its name may be the patient's"


def test_a_folder_without_cases_is_a_pool_still_to_be_filled(tmp_path):
    (tmp_path / "pool").mkdir()
    source = find_source(tmp_path / "pool", held_back=False, prepared=tmp_path / "kept")
    assert isinstance(source, PoolSource) and source.names() == []


def test_two_data_sets_with_cases_of_one_name_are_kept_apart(kits, tmp_path):
    folder, cases = kits
    for name in cases:
        write_case(tmp_path / "other", name, lesion=3)
    here, there = (
        find_source(place, held_back=False, prepared=tmp_path / "kept")
        for place in (folder, tmp_path / "other")
    )
    name = here.names()[0]
    assert name in there.names()
    assert set(np.unique(here.read(name, (4.0, 4.0, 4.0))[1])) == {0, 1, 2}
    assert set(np.unique(there.read(name, (4.0, 4.0, 4.0))[1])) == {0, 1, 3}


def test_corrected_cases_of_the_program_train_by_patient(tmp_path):
    rng = np.random.default_rng(0)
    store = CaseStore(tmp_path / "cases")
    grid = Geometry.straight((20, 30, 40), (2.0, 1.5, 1.5))
    truth = {}
    for n in range(24):
        hu = rng.integers(-100, 200, grid.shape_zyx).astype(np.int16)
        source = Source(tmp_path / f"{n}.nii", "NIfTI", ORDER, grid.zyx_to_ras[:, [2, 1, 0, 3]], "")
        case = store.add(Volume(hu, grid, source))
        if n == 0:
            continue  # nobody corrected it
        labels = np.zeros(grid.shape_zyx, np.uint8)
        labels[5:15, 5:20, 5:20] = 1
        labels[8, 8, 5 : 6 + n % 9] = 2
        labels = LabelMap(labels, grid, owned=True)
        case = store.write_corrected(case, labels, labels.array > 0, "Ann")
        if n > 1:
            store.set_status(case, Status.CORRECTED, "Ann")
            truth[case.case_id] = case.patient, hu, labels.array
    sources = [find_source(store.folder, side, tmp_path / "kept") for side in (False, True)]
    train, held = (source.names() for source in sources)
    assert sorted(train + held) == sorted(truth) and not set(train) & set(held)
    for names, side in ((train, False), (held, True)):
        assert all(is_held_back(truth[name][0]) is side for name in names)
    hu, labels, _ = sources[0].read(train[0], (2.0, 1.5, 1.5))
    np.testing.assert_array_equal(labels, truth[train[0]][2])
    np.testing.assert_array_equal(hu, truth[train[0]][1])
