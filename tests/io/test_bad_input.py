"""Every kind of bad file has its own sentence, and never a traceback."""

from __future__ import annotations

import gzip
import random
import zipfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import SimpleITK

from kidview.core.errors import (
    BadGeometry,
    BrokenFile,
    GridMismatch,
    KidViewError,
    ReadError,
    UnknownFormat,
)
from kidview.core.task import Task
from kidview.io import find, read_labels, read_scan, thumbnail

AFFINE = np.diag([0.7, 0.8, 2.5, 1.0])


def test_a_truncated_nii_gz_says_how_much_is_there(write_nifti: Any) -> None:
    noise = np.random.default_rng(0).integers(-1000, 1000, (40, 40, 30)).astype(np.int16)
    path = write_nifti(noise)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(BrokenFile, match=r"scan.nii.gz is cut short: 1\d of 30 planes are there"):
        read_scan(path, Task())


def test_a_truncated_nii_is_refused_before_it_is_read(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp, name="scan.nii")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BrokenFile, match="scan.nii is cut short: its header promises 772 bytes"):
        read_scan(path, Task())


@pytest.mark.parametrize("missing", [1, 8, 9])
def test_a_file_cut_at_its_very_end_is_noticed(missing: int, write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp)
    path.write_bytes(path.read_bytes()[:-missing])
    with pytest.raises(BrokenFile, match="cut short"):
        read_scan(path, Task())


def test_gzip_in_several_pieces_is_read_whole(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp)
    data = gzip.decompress(path.read_bytes())
    pieces = [gzip.compress(data[a : a + 100]) for a in range(0, len(data), 100)]
    path.write_bytes(b"".join(pieces) + bytes(16))
    volume = read_scan(path, Task())
    assert np.array_equal(volume.source.order.to_file(volume.hu), ramp)


def test_a_file_cut_within_its_header_says_so(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(BrokenFile, match="cut short within its header"):
        read_scan(path, Task())


def test_a_flipped_bit_in_the_middle_is_noticed(write_nifti: Any) -> None:
    noise = np.random.default_rng(0).integers(-1000, 1000, (40, 40, 30)).astype(np.int16)
    path = write_nifti(noise)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    with pytest.raises(BrokenFile, match="is damaged|is cut short"):
        read_scan(path, Task())


def test_a_wrong_checksum_is_noticed(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp)
    data = bytearray(path.read_bytes())
    data[-6] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(BrokenFile, match="its checksum does not fit"):
        read_scan(path, Task())


@pytest.mark.parametrize("packed", [False, True])
def test_text_renamed_nii_gz_is_called_text(packed: bool, tmp_path: Path) -> None:
    path = tmp_path / "notes.nii.gz"
    text = b"Dear colleague, please find attached ... " * 30
    path.write_bytes(gzip.compress(text) if packed else text)
    with pytest.raises(BrokenFile, match="notes.nii.gz is text, whatever its name says"):
        read_scan(path, Task())


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    for name in ("scan.nii.gz", "scan.dcm", "scan"):
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(BrokenFile, match=f"{name} is empty"):
            read_scan(tmp_path / name, Task())


def test_a_2d_image_is_no_volume(write_nifti: Any, tmp_path: Path) -> None:
    path = write_nifti(np.zeros((20, 30), np.int16))
    with pytest.raises(BadGeometry, match=r"a 2D image \(20 x 30\), no volume - open a 3D scan"):
        read_scan(path, Task())
    flat = SimpleITK.GetImageFromArray(np.zeros((20, 30), np.int16))
    SimpleITK.WriteImage(flat, str(tmp_path / "flat.nrrd"))
    with pytest.raises(BadGeometry, match="flat.nrrd is a 2D image"):
        read_scan(tmp_path / "flat.nrrd", Task())


def test_an_empty_folder_is_called_empty(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match="is empty - choose one that holds a CT"):
        read_scan(tmp_path, Task())


def test_a_folder_without_scans_says_what_it_wants(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("nothing")
    with pytest.raises(UnknownFormat, match="holds no scan"):
        read_scan(tmp_path, Task())


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    for name in ("no.nii.gz", "no.nrrd", "no", "no.dcm"):
        with pytest.raises(ReadError, match=f"{name} does not exist - check the path"):
            read_scan(tmp_path / name, Task())


def test_a_picture_is_no_scan(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    with pytest.raises(UnknownFormat, match="photo.png is no scan that is known - open DICOM"):
        read_scan(path, Task())


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_nan_is_counted_and_refused(kind: Any, write_nifti: Any, ramp: Any) -> None:
    hu = ramp.astype(kind)
    hu[1, 2, 3], hu[0, 0, 0] = np.nan, np.inf
    path = write_nifti(hu)
    with pytest.raises(ReadError, match="holds 2 voxels that are no numbers") as caught:
        read_scan(path, Task())
    assert "-1024" in caught.value.hint


def test_zero_spacing_names_the_axis(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp, sform=0, qform=1, pixdim=[1, 0.7, 0.8, 0, 1, 1, 1, 1])
    with pytest.raises(BadGeometry, match="scan.nii.gz has zero spacing along axis k"):
        read_scan(path, Task())


def test_zero_columns_in_the_sform_name_the_axis(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp, qform=0, srow_x=[0, 0, 0, 0])
    with pytest.raises(BadGeometry, match="zero spacing along axis i"):
        read_scan(path, Task())


def test_nan_in_the_affine_is_told(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp, qform=0, srow_x=[np.nan, 0, 0, 0])
    with pytest.raises(BadGeometry, match="position matrix with NaN"):
        read_scan(path, Task())


def test_axes_in_one_plane_are_told(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp, qform=0, srow_x=[1, 1, 0, 0], srow_y=[1, 1, 0, 0], srow_z=[0, 0, 1, 0])
    with pytest.raises(BadGeometry, match="lie in one plane"):
        read_scan(path, Task())


def test_a_header_that_promises_too_much_is_not_believed(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp, dim=[3, 30000, 30000, 30000, 1, 1, 1, 1])
    with pytest.raises(BrokenFile, match="cut short: its header promises"):
        read_scan(path, Task())


def test_colour_and_complex_voxels_are_no_hu(tmp_path: Path) -> None:
    rgb = np.zeros((4, 5, 6), np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")]))
    for name, array in (("rgb.nii", rgb), ("complex.nii", np.zeros((4, 5, 6), np.complex64))):
        nibabel.save(nibabel.Nifti1Image(array, AFFINE), tmp_path / name)
        with pytest.raises(UnknownFormat, match="colour or complex voxels"):
            read_scan(tmp_path / name, Task())


def test_colour_nrrd_is_no_hu(tmp_path: Path) -> None:
    image = SimpleITK.GetImageFromArray(np.zeros((4, 5, 6, 3), np.uint8), isVector=True)
    SimpleITK.WriteImage(image, str(tmp_path / "rgb.nrrd"))
    with pytest.raises(UnknownFormat, match="several values in each voxel"):
        read_scan(tmp_path / "rgb.nrrd", Task())


def test_analyze_and_pairs_are_refused_by_name(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp, name="scan.nii")
    data = bytearray(path.read_bytes())
    data[344:348] = b"ni1\0"
    path.write_bytes(data)
    with pytest.raises(UnknownFormat, match="keeps its voxels in a second file"):
        read_scan(path, Task())
    data[344:348] = bytes(4)
    path.write_bytes(data)
    with pytest.raises(UnknownFormat, match="Analyze image, which does not tell left from right"):
        read_scan(path, Task())


def test_a_broken_nrrd_and_mha_say_so(tmp_path: Path) -> None:
    image = SimpleITK.GetImageFromArray(np.arange(210, dtype=np.int16).reshape(5, 6, 7))
    for name in ("scan.nrrd", "scan.mha"):
        SimpleITK.WriteImage(image, str(tmp_path / name))
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[:-100])
        with pytest.raises(BrokenFile, match=f"{name} is cut short: 3 of 5 planes"):
            read_scan(tmp_path / name, Task())
        (tmp_path / name).write_bytes(b"hello" + data[40:])
        with pytest.raises(BrokenFile, match=name):
            read_scan(tmp_path / name, Task())


def test_a_header_without_its_voxel_file_says_so(tmp_path: Path) -> None:
    image = SimpleITK.GetImageFromArray(np.zeros((5, 6, 7), np.int16))
    SimpleITK.WriteImage(image, str(tmp_path / "scan.mhd"))
    (tmp_path / "scan.raw").unlink()
    with pytest.raises(BrokenFile, match="scan.mhd"):
        read_scan(tmp_path / "scan.mhd", Task())


def test_a_damaged_zip_says_so(tmp_path: Path, write_nifti: Any, ramp: Any) -> None:
    path = tmp_path / "case.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(300))
    with pytest.raises(BrokenFile, match="case.zip is a damaged zip archive"):
        read_scan(path, Task())
    with zipfile.ZipFile(path, "w") as packed:
        packed.write(write_nifti(ramp, name="a.nii"), "a.nii")
    data = bytearray(path.read_bytes())
    data[500:520] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(ReadError, match=r"a\.nii"):
        read_scan(path, Task())


def test_labels_of_another_shape_are_refused_with_both_shapes(write_nifti: Any, ramp: Any) -> None:
    scan = read_scan(write_nifti(ramp), Task())
    path = write_nifti(np.zeros((5, 6, 8), np.uint8), name="seg.nii.gz")
    with pytest.raises(GridMismatch, match="8 x 6 x 5 voxels instead of 7 x 6 x 5") as caught:
        read_labels(path, scan.geometry, scan.source, Task())
    assert "resample" in caught.value.hint


def test_labels_elsewhere_are_refused_with_the_distance(write_nifti: Any, ramp: Any) -> None:
    scan = read_scan(write_nifti(ramp), Task())
    moved = AFFINE.copy()
    moved[2, 3] = 2.0
    path = write_nifti(np.zeros((5, 6, 7), np.uint8), moved, name="seg.nii.gz")
    with pytest.raises(GridMismatch, match=r"corners up to 2\.0 mm away"):
        read_labels(path, scan.geometry, scan.source, Task())


def test_labels_nobody_knows_are_refused_by_value(write_nifti: Any, ramp: Any) -> None:
    scan = read_scan(write_nifti(ramp), Task())
    seg = np.zeros((5, 6, 7), np.int16)
    seg[0, 0, 0], seg[1, 1, 1], seg[2, 2, 2] = 7, 300, 2
    with pytest.raises(ReadError, match="labels that are not known here: 7, 300"):
        read_labels(write_nifti(seg, name="seg.nii"), scan.geometry, scan.source, Task())


@pytest.mark.parametrize("odd", [0.5, np.nan])
def test_a_probability_map_is_no_label_map(odd: float, write_nifti: Any, ramp: Any) -> None:
    scan = read_scan(write_nifti(ramp), Task())
    seg = np.zeros((5, 6, 7), np.float32)
    seg[0, 0, 0] = odd
    with pytest.raises(ReadError, match=r"holds values such as|not known here: nan"):
        read_labels(write_nifti(seg, name="seg.nii"), scan.geometry, scan.source, Task())


def test_dicom_syntaxes_that_do_not_decode_are_named(real_data: Path) -> None:
    folder = real_data / "dicom_odd" / "ct_transfer_syntaxes"
    for number, words in ((".53.dcm", "Spectral Selection"), (".55.dcm", "Full Progression")):
        path = next(folder.glob(f"*{number}"))
        with pytest.raises(BrokenFile, match=f"{words}.*cannot be decoded here"):
            read_scan(path, Task())


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
def test_random_damage_never_gives_anything_but_a_sentence(
    suffix: str, write_nifti: Any, ramp: Any, tmp_path: Path
) -> None:
    path = tmp_path / f"scan{suffix}"
    if suffix.startswith(".nii"):
        write_nifti(ramp, name=path.name)
    else:
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(ramp), str(path))
    _damage(path, 60)


def test_random_damage_to_dicom_never_gives_anything_but_a_sentence(
    write_series: Any, ramp: Any
) -> None:
    folder = write_series([(0, 0, 2.0 * n) for n in range(5)], ramp)
    _damage(sorted(folder.iterdir())[2], 60)


def _damage(path: Path, times: int) -> None:
    rng, data = random.Random(5), path.read_bytes()
    for _ in range(times):
        broken = bytearray(data)
        for _ in range(rng.choice((1, 3, 20))):
            broken[rng.randrange(min(len(data), 1500))] = rng.choice((0, 255, rng.randrange(256)))
        path.write_bytes(broken[: rng.choice((len(data), len(data), rng.randrange(len(data))))])
        try:
            for found in find(path, Task()):
                if found.kind == "scan":
                    read_scan(found, Task())
                    thumbnail(found)
        except KidViewError as error:
            assert error.what
            assert error.hint
