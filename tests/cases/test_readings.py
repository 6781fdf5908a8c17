"""Masks of second readers: kept beside the corrected one, and made into a consensus."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from kidview.cases import (
    Author,
    Case,
    CaseStore,
    Status,
    agreement_of,
    export_set,
    import_set,
    make_consensus,
    readings_of,
)
from kidview.core.errors import BrokenFile, CaseError, GridMismatch
from kidview.core.geometry import Geometry
from kidview.core.hec import HECS
from kidview.core.labels import LabelMap
from tests.cases.conftest import GRID, MODEL, SHAPE, corrected, mask, nothing_painted, scan


def there(store: CaseStore, case: Case) -> set[str]:
    return {path.name for path in (store.folder / case.case_id).iterdir()} - {"case.json"}


@pytest.fixture
def read(store: CaseStore) -> Case:
    """Corrected by Ann, read by Bea."""
    return store.write_reading(corrected(store), mask(5), "Bea")


# -- keeping one ------------------------------------------------------------


def test_a_reading_is_kept_beside_the_corrected_mask(store: CaseStore, read: Case) -> None:
    again = store.read(read.case_id)
    assert again == read and again.status is Status.CORRECTED and again.correctors == ("Ann",)
    (reading,) = again.readings
    assert (reading.by, reading.at) == ("Bea", again.changed)
    assert np.array_equal(store.load_reading(again, reading).array, mask(5).array)
    assert np.array_equal(store.load_corrected(again).array, mask(2).array)
    assert there(store, again) == again.files
    (row,) = store.rows()
    assert (row.correctors, row.readers) == ("Ann", "Bea")


def test_a_newer_reading_replaces_the_readers_own_only(store: CaseStore, read: Case) -> None:
    case = store.write_reading(read, mask(6), "Chen")
    case = store.write_reading(case, mask(7), "  bEA ")
    assert [one.by for one in case.readings] == ["Chen", "bEA"]
    loaded = [store.load_reading(case, one).array for one in case.readings]
    assert np.array_equal(loaded, [mask(6).array, mask(7).array])
    assert there(store, case) == case.files, "the older mask is gone"


def test_who_has_seen_the_corrected_mask_cannot_read_blind(store: CaseStore, read: Case) -> None:
    with pytest.raises(CaseError, match="ann corrected case .* and cannot read it blind"):
        store.write_reading(read, mask(5), "ann")
    case = store.set_status(read, Status.APPROVED, "Dora")
    case = store.write_reading(case, mask(7), "Chen")  # others may, when it is approved, too
    case = store.set_status(case, Status.IN_CORRECTION, "Ann")
    with pytest.raises(CaseError, match="Dora approved case .* and cannot read it blind"):
        store.write_reading(case, mask(5), "Dora")
    assert store.read(case.case_id) == case and len(case.readings) == 2


def test_what_cannot_be_a_reading_is_refused(store: CaseStore, read: Case) -> None:
    with pytest.raises(CaseError, match="nobody is named for the reading"):
        store.write_reading(read, mask(5), " ")
    elsewhere = Geometry.straight(SHAPE, (2.5, 0.8, 0.7), (5.0, -12.0, 30.0))
    with pytest.raises(GridMismatch, match="another grid"):
        store.write_reading(read, LabelMap(mask(5).array, elsewhere), "Chen")
    unknown = np.full(SHAPE, 7, np.uint8)
    with pytest.raises(CaseError, match="labels that are not the case's"):
        store.write_reading(read, LabelMap(unknown, GRID), "Chen")
    store.write_notes(read, "meanwhile")
    with pytest.raises(CaseError, match="was changed by somebody else meanwhile"):
        store.write_reading(read, mask(5), "Chen")
    rejected = store.set_status(store.read(read.case_id), Status.REJECTED, "Dora")
    with pytest.raises(CaseError, match="is rejected and is not read any more"):
        store.write_reading(rejected, mask(5), "Chen")


def test_a_reading_that_was_changed_is_refused(store: CaseStore, read: Case) -> None:
    path = store.folder / read.case_id / read.readings[0].mask.file
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(CaseError, match="was changed outside KidView"):
        agreement_of(store, read)


# -- which masks are readings -----------------------------------------------


def test_a_finished_corrected_mask_is_its_correctors_reading(store: CaseStore, read: Case) -> None:
    assert [one.by for one in readings_of(read)] == ["Ann", "Bea"]
    assert readings_of(read)[0].mask == read.corrected.mask  # type: ignore[union-attr]
    approved = store.set_status(read, Status.APPROVED, "Dora")
    assert [one.by for one in readings_of(approved)] == ["Ann", "Bea"]
    reopened = store.set_status(approved, Status.IN_CORRECTION, "Dora")
    assert [one.by for one in readings_of(reopened)] == ["Bea"], "work in hand is no reading"
    both = store.write_corrected(reopened, mask(8), nothing_painted(), "Chen")
    both = store.set_status(both, Status.CORRECTED, "Chen")
    assert [one.by for one in readings_of(both)] == ["Ann, Chen", "Bea"]


def test_nobody_counts_twice(store: CaseStore, read: Case) -> None:
    case = store.set_status(read, Status.IN_CORRECTION, "Bea")
    case = store.write_corrected(case, mask(8), nothing_painted(), "Bea")
    case = store.set_status(case, Status.CORRECTED, "Bea")
    assert [one.by for one in readings_of(case)] == ["Bea"]
    assert np.array_equal(store.load_reading(case, readings_of(case)[0]).array, mask(5).array)


# -- agreement --------------------------------------------------------------


def test_agreement_is_what_simpleitk_finds(store: CaseStore, read: Case) -> None:
    case = store.write_reading(read, mask(6), "Chen")
    found = agreement_of(store, case)
    masks = dict(zip(("Ann", "Bea", "Chen"), (mask(2), mask(5), mask(6)), strict=True))
    assert [(pair.one, pair.other) for pair in found.pairs] == [
        ("Ann", "Bea"),
        ("Ann", "Chen"),
        ("Bea", "Chen"),
    ]
    for pair in found.pairs:
        for name, members in HECS.items():
            overlap = sitk.LabelOverlapMeasuresImageFilter()
            overlap.Execute(
                *(
                    sitk.GetImageFromArray(np.isin(masks[who].array, members).astype(np.uint8))
                    for who in (pair.one, pair.other)
                )
            )
            assert pair.dice[name] == pytest.approx(overlap.GetDiceCoefficient(1))
    voxel_ml = 2.5 * 0.8 * 0.7 / 1000
    for who, volumes in found.volumes_ml.items():
        counts = [int((masks[who].array == n).sum()) for n in (1, 2, 3)]
        assert list(volumes) == ["kidney", "tumour", "cyst"]
        assert list(volumes.values()) == pytest.approx([n * voxel_ml for n in counts])


def test_two_readers_who_see_nothing_agree(store: CaseStore) -> None:
    case = store.add(scan())
    empty = LabelMap.empty(GRID)
    case = store.write_reading(store.write_reading(case, empty, "Ann"), empty, "Bea")
    (pair,) = agreement_of(store, case).pairs
    assert set(pair.dice.values()) == {1.0}


def test_agreement_of_one_is_refused(store: CaseStore) -> None:
    case = store.write_reading(store.add(scan()), mask(1), "Ann")
    with pytest.raises(CaseError, match=r"has 1 reading \(Ann\), and agreement needs 2"):
        agreement_of(store, case)


# -- consensus --------------------------------------------------------------


def test_a_consensus_becomes_the_corrected_mask(store: CaseStore, read: Case) -> None:
    made = make_consensus(store, read, "majority", "Dora")
    case = made.case
    assert store.read(case.case_id) == case and case.status is Status.CORRECTED
    assert [(m.status, m.by) for m in case.history[-2:]] == [
        (Status.IN_CORRECTION, "Dora"),
        (Status.CORRECTED, "Dora"),
    ]
    one, other = mask(2).array, mask(5).array
    labels = store.load_corrected(case).array
    assert np.array_equal(labels != 0, (one != 0) & (other != 0)), "what both outlined"
    assert np.array_equal(labels == 2, (one == 2) & (other == 2))
    author = Author("consensus", "majority of Ann, Bea")
    assert case.authors == (MODEL, Author("person", "Ann"), author)
    origin = store.load_origin(case)
    assert (origin[(one != 0) | (other != 0)] == 3).all(), "the readers' voxels are its own"
    assert (origin[labels != 0] == 3).all() and (made.readers == ("Ann", "Bea"))
    voxel_ml = GRID.voxel_ml
    assert made.disputed_ml == pytest.approx((one != other).sum() * voxel_ml)
    assert made.tied_ml == pytest.approx(made.disputed_ml), "of two readers every dispute is a tie"


def test_the_mask_it_replaces_stays_as_a_reading(store: CaseStore, read: Case) -> None:
    case = make_consensus(store, read, "majority", "Dora").case
    assert [one.by for one in case.readings] == ["Ann", "Bea"] == [r.by for r in readings_of(case)]
    loaded = [store.load_reading(case, one).array for one in case.readings]
    assert np.array_equal(loaded, [mask(2).array, mask(5).array])
    assert there(store, case) == case.files
    again = store.write_reading(case, mask(6), "Chen")
    again = make_consensus(store, again, "staple", "Dora").case
    assert [one.by for one in again.readings] == ["Ann", "Bea", "Chen"], "no consensus among them"
    assert again.authors[-1].name == "STAPLE of Ann, Bea, Chen"


def test_none_of_its_readers_approves_a_consensus(store: CaseStore, read: Case) -> None:
    seen = store.set_status(read, Status.APPROVED, "Bea")  # of Ann's mask alone she may
    case = store.set_status(seen, Status.IN_CORRECTION, "Ann")
    case = store.set_status(case, Status.CORRECTED, "Ann")
    case = make_consensus(store, case, "majority", "Dora").case
    with pytest.raises(CaseError, match="bea read case .* and cannot approve it too"):
        store.set_status(case, Status.APPROVED, "bea")
    with pytest.raises(CaseError, match="Ann corrected case .* and cannot approve it too"):
        store.set_status(case, Status.APPROVED, "Ann")
    assert store.set_status(case, Status.APPROVED, "Dora").reviewer == "Dora"


def test_a_case_of_readings_alone_gets_its_mask_by_consensus(store: CaseStore) -> None:
    case = store.write_prediction(store.add(scan()), mask(1), MODEL)
    for seed, who in enumerate(("Ann", "Bea", "Chen"), start=4):
        case = store.write_reading(case, mask(seed), who)
    assert case.status is Status.SEGMENTED and case.corrected is None
    case = make_consensus(store, case, "majority", "Ann").case
    assert case.status is Status.CORRECTED and case.correctors == ()
    predicted = mask(1).array != 0
    origin = store.load_origin(case)
    assert (origin[predicted & (store.load_corrected(case).array == 0)] == 2).all()
    with pytest.raises(CaseError, match="Chen read case"):
        store.set_status(case, Status.APPROVED, "Chen")
    case = store.write_corrected(case, mask(9), nothing_painted(), "Dora")
    case = store.set_status(case, Status.CORRECTED, "Dora")
    assert [one.by for one in readings_of(case)] == ["Ann", "Bea", "Chen"]


def test_a_consensus_is_refused_where_it_would_lose_work(store: CaseStore, read: Case) -> None:
    reopened = store.set_status(read, Status.IN_CORRECTION, "Ann")
    with pytest.raises(CaseError, match="in correction, and a consensus would replace that mask"):
        make_consensus(store, reopened, "majority", "Dora")
    approved = store.set_status(
        store.set_status(reopened, Status.CORRECTED, "Ann"), Status.APPROVED, "Dora"
    )
    with pytest.raises(CaseError, match="is approved and does not change any more"):
        make_consensus(store, approved, "majority", "Dora")
    assert store.read(read.case_id) == approved


def test_a_consensus_needs_readers_who_agree_on_something(store: CaseStore) -> None:
    case = store.add(scan())
    halves = np.zeros((2, *SHAPE), np.uint8)
    halves[0, :2] = halves[1, 2:] = 1
    case = store.write_reading(case, LabelMap(halves[0], GRID), "Ann")
    with pytest.raises(CaseError, match=r"has 1 reading \(Ann\), and majority needs 2"):
        make_consensus(store, case, "majority", "Dora")
    case = store.write_reading(case, LabelMap(halves[1], GRID), "Bea")
    with pytest.raises(CaseError, match=r"has 2 readings \(Ann, Bea\), and STAPLE needs 3"):
        make_consensus(store, case, "staple", "Dora")
    with pytest.raises(CaseError, match="agree on nothing"):
        make_consensus(store, case, "majority", "Dora")
    with pytest.raises(CaseError, match="called 'vote'") as told:
        make_consensus(store, case, "vote", "Dora")
    assert told.value.hint == "use majority or staple"
    assert store.read(case.case_id) == case


# -- sets and older stores --------------------------------------------------


def test_a_bundle_brings_readings_along(store: CaseStore, read: Case, tmp_path: Path) -> None:
    case = make_consensus(store, read, "majority", "Dora").case
    bundle = export_set(store, tmp_path / "set.zip", "bundle", statuses=[case.status]).target
    other = CaseStore(tmp_path / "other")
    import_set(other, bundle)
    back = other.read(case.case_id)
    assert back == case and there(other, back) == case.files
    assert agreement_of(other, back) == agreement_of(store, case)


def test_a_reading_that_was_exchanged_in_a_bundle_is_noticed(
    store: CaseStore, read: Case, tmp_path: Path
) -> None:
    bundle = export_set(store, tmp_path / "set.zip", "bundle", statuses=[read.status]).target
    name = f"{read.case_id}/{read.readings[0].mask.file}"
    with zipfile.ZipFile(bundle) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    files[name] = files[f"{read.case_id}/prediction-2.nii.gz"]
    manifest = json.loads(files["manifest.json"])
    manifest["files"][name] = manifest["files"][f"{read.case_id}/prediction-2.nii.gz"]
    files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(bundle, "w") as archive:
        for one, raw in files.items():
            archive.writestr(one, raw)
    with pytest.raises(BrokenFile, match=f"{name} is not the file its record tells of") as told:
        import_set(CaseStore(tmp_path / "other"), bundle)
    assert told.value.hint


@pytest.mark.parametrize(("layout", "name"), [("kits23", "set"), ("nnunet", "Dataset001_K")])
def test_other_layouts_hold_the_corrected_mask_only(
    layout: str, name: str, store: CaseStore, read: Case, tmp_path: Path
) -> None:
    export_set(store, tmp_path / name, layout, statuses=[read.status])
    files = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
    assert not [path for path in files if "reading" in path.name or b"Bea" in path.read_bytes()]


def test_a_store_of_the_first_version_is_read_and_goes_on(store: CaseStore) -> None:
    files = json.loads((Path(__file__).parent / "schema_1.json").read_text())["files"]
    for name, text in files.items():
        path = store.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if name.endswith(".json") else base64.b64decode(text))
    (row,) = store.rows()
    assert (row.error, row.status, row.readers) == ("", Status.APPROVED, "")
    record = store.folder / row.case_id / "case.json"
    assert json.loads(record.read_text())["schema"] == 1
    case = store.read(row.case_id)
    assert (case.revision, case.reviewer, case.correctors) == (8, "Carl", ("Ann", "Bea"))
    assert (case.seconds, case.operations, case.notes) == (90.5, {"brush": 7}, "a note")
    assert np.array_equal(store.load_image(case).hu, scan().hu)
    assert np.array_equal(store.load_corrected(case).array, mask(3).array)
    assert np.array_equal(store.load_prediction(case).array, mask(1).array)
    assert store.load_origin(case).max() == 3
    case = store.write_reading(case, mask(5), "Dora")
    assert json.loads(record.read_text())["schema"] == 2
    assert [one.by for one in readings_of(case)] == ["Ann, Bea", "Dora"]
    assert store.add(scan(3)).patient != case.patient, "its key is known, too"
