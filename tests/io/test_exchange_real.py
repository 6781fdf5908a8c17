"""Real series: made-up labels leave as SEG, contours and surfaces, and come back."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pydicom
import pytest

from kidview.core.labels import LabelMap
from kidview.core.volume import Volume
from kidview.io import choose, find, read_labels, read_scan
from kidview.io.dicom_rtstruct_write import write_rtstruct
from kidview.io.dicom_seg_write import write_seg
from kidview.io.mesh_write import write_meshes
from tests.io.labelled_series import dciodvfy_errors

SERIES = {
    "ircad": "ct/ircad_17.zip",
    "tilt and uneven distance": "dicom_odd/gantry_tilt_variable_spacing",
    "enhanced": "dicom_odd/enhanced_ct/eCT_Supplemental.dcm",
    "mixed with a localizer": "dicom_odd/localizer_mixed_series",
    "one of five patients": "dicom_odd/multi_patient_one_folder",
    "kinds unknown": "dicom_odd/no_preamble_and_odd/explicit_VR-UN.dcm",
    "packed, odd sequence": "dicom_odd/no_preamble_and_odd/bad_sequence.dcm",
}


def two_balls(volume: Volume) -> LabelMap:
    """A kidney with a hole, and a tumour in the other half, where the series has slices."""
    labels = np.zeros(volume.hu.shape, np.uint8)
    z, y, x = (np.linspace(-0.8, 0.8, n).reshape([-1 if a == b else 1 for b in range(3)])
               if n > 1 else np.zeros((1, 1, 1))
               for a, n in enumerate(labels.shape))  # fmt: skip
    kidney = z**2 / 0.8 + (y - 0.1) ** 2 / 0.04 + (x + 0.4) ** 2 / 0.03
    labels[kidney < 1], labels[kidney < 0.1] = 1, 0
    labels[z**2 / 0.5 + y**2 / 0.01 + (x - 0.4) ** 2 / 0.01 < 1] = 2
    return LabelMap(labels, volume.geometry, owned=True)


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
@pytest.mark.parametrize("name", list(SERIES))
def test_labels_of_real_series_leave_and_come_back(
    name: str, real_data: Path, tmp_path: Path
) -> None:
    path = real_data / SERIES[name]
    if path.suffix == ".zip":
        with ZipFile(path) as packed:  # the lowest slices: as good, and quicker
            for member in sorted(packed.namelist(), key=len)[:30]:
                packed.extract(member, tmp_path / "some")
        path = tmp_path / "some"
    found = find(path)
    several = sum(one.kind == "scan" for one in found) > 1
    volume = read_scan(choose(found, "1" if several else ""))
    labels = two_balls(volume)
    write_seg(labels, volume.source, tmp_path / "seg.dcm")
    write_rtstruct(labels, volume.source, tmp_path / "rt.dcm")
    seg = read_labels(tmp_path / "seg.dcm", volume.geometry, volume.source).array
    rt = read_labels(tmp_path / "rt.dcm", volume.geometry, volume.source).array
    assert np.array_equal(seg, rt) and seg.any()
    if "slice_positions_mm" in volume.source.header and "tilt" not in name:
        stack = volume.source.header["stack"]
        if not stack.layout.is_resampled and not stack.layout.inserted:
            assert np.array_equal(seg, labels.array)
    used = {
        str(image.ReferencedSOPInstanceUID)
        for item in pydicom.dcmread(tmp_path / "seg.dcm").ReferencedSeriesSequence
        for image in item.ReferencedInstanceSequence
    }
    assert used == {one.sop_uid for one in volume.source.header["stack"].slices}
    if name != "packed, odd sequence":  # whose own UIDs are none
        assert dciodvfy_errors(tmp_path / "rt.dcm") == []


def test_surfaces_of_a_real_label_map_are_closed(real_data: Path, tmp_path: Path) -> None:
    volume = read_scan(real_data / "ct" / "totalseg_example.nii.gz")
    names = real_data / "ct" / "totalseg_example_seg.nii.gz"
    organs = read_labels(names, volume.geometry, volume.source, highest=255).array
    large = np.argsort(-np.bincount(organs.ravel()))[1:4]
    labels = np.zeros(organs.shape, np.uint8)
    for n, organ in enumerate(large, 1):
        labels[organs == organ] = n
    receipts = write_meshes(LabelMap(labels, volume.geometry), volume.source, tmp_path / "o.ply")
    assert len(receipts) == 3 and all("read back closed" in one.proof for one in receipts)
