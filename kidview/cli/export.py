"""kidview export: labels to other programs, as DICOM, surfaces or arrays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, cast

import typer

from kidview.cli.options import Json
from kidview.cli.progress import told
from kidview.core.errors import KidViewError, PartlyOutside
from kidview.core.geometry import Geometry
from kidview.core.labels import LABEL_NAMES
from kidview.core.task import Task
from kidview.core.types import LabelArray
from kidview.core.words import count_of
from kidview.io import (
    EXPORTS,
    Choices,
    Disguise,
    Export,
    Maker,
    MakerKind,
    Receipt,
    Reported,
    Segment,
    choose,
    export_labels,
    export_of,
    export_with_series,
    find,
    kind_of,
    read_labels,
    read_scan,
    refuse_folder,
    refuse_targets,
)

_MAKERS = ("manual", "semiautomatic", "automatic")


def export(
    path: Annotated[Path, typer.Argument(metavar="IN", help="scan: file, folder or zip")],
    labels: Annotated[
        Path, typer.Argument(help="its labels: NIfTI, NRRD, MetaImage, DICOM SEG or RTSTRUCT")
    ],
    output: Annotated[
        Path, typer.Argument(metavar="OUT", help=".dcm, .stl, .obj, .ply, .nii.gz, .nii or .nrrd")
    ],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="seg, labelmap, rtstruct, report, stl, obj, ply, nifti, nrrd; else by name",
        ),
    ] = "",
    each_lesion: Annotated[
        bool, typer.Option("--each-lesion", help="one segment a kidney and a lesion")
    ] = False,
    label: Annotated[
        list[str] | None, typer.Option(help="label that is written, else all; repeatable")
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option("--as", help="NAME=LABEL of a SEG's or RTSTRUCT's part; repeatable"),
    ] = None,
    made: Annotated[
        str, typer.Option("--made", help="manual, semiautomatic (unless told) or automatic")
    ] = "",
    model: Annotated[
        str, typer.Option(help="network that took part, as NAME or NAME/VERSION")
    ] = "",
    anonymous: Annotated[
        bool,
        typer.Option(
            "--deidentify", help="take people, places and dates out of DICOM (PS3.15 basic profile)"
        ),
    ] = False,
    keep_uids: Annotated[
        bool, typer.Option("--keep-uids", help="with --deidentify: still fit the archive's series")
    ] = False,
    pseudonym: Annotated[str, typer.Option(help="with --deidentify: the patient's new name")] = "",
    with_series: Annotated[
        Path | None,
        typer.Option(help="also copy the series here, with the same names taken out"),
    ] = None,
    partly: Annotated[
        bool, typer.Option("--partly", help="take what lies on the scan although some does not")
    ] = False,
    series: Annotated[str, typer.Option(help="series of IN, by key or number")] = "",
    frame: Annotated[str, typer.Option(help="frame of a 4D file, from 1")] = "",
    force: Annotated[bool, typer.Option("--force", help="replace existing files")] = False,
    json_output: Json = False,
) -> None:
    """Write labels as DICOM SEG or RTSTRUCT, surface or array, and read them back."""
    row = export_of(output, form)
    disguise = _disguise(anonymous, keep_uids, pseudonym, with_series)
    wanted = tuple(dict.fromkeys(_label(word) for word in label or ()))
    _refuse_unheld(
        row,
        {
            "--each-lesion": each_lesion,
            "--made": bool(made),
            "--model": bool(model),
            "--deidentify": anonymous,
            "--label": bool(wanted),
        },
    )
    roles = _roles(role)
    if roles and labels.is_file() and not kind_of(labels):
        raise KidViewError(
            f"--as names parts of a DICOM SEG or RTSTRUCT, and {labels.name} is none",
            "leave it out",
        )
    refuse_targets(row, output, wanted, path, overwrite=force)
    if with_series is not None:
        refuse_folder(with_series)
    choices = Choices(_maker(made, model), each_lesion, wanted, disguise, _measured)
    task = told(json_output)
    volume = read_scan(choose(find(path, Task()), series or frame), task.part(0.0, 0.4))
    try:
        given = read_labels(
            labels,
            volume.geometry,
            volume.source,
            task.part(0.4, 0.5),
            resample=partly,
            roles=roles,
        )
    except PartlyOutside as error:
        hint = "open the whole series it was made on, or add --partly to take what fits"
        raise PartlyOutside(error.what, hint) from error
    copied, rest = 0, task.part(0.5, 1.0)
    if with_series is None:
        receipts = export_labels(
            given, volume.source, output, row, choices, overwrite=force, task=rest
        )
    else:
        receipts, copied = export_with_series(
            given, volume.source, output, row, choices, with_series, overwrite=force, task=rest
        )
    task.report(1.0)
    notes = [note.text for note in (*volume.source.notes, *given.notes)]
    names_patient = row.is_dicom and disguise is None
    if json_output:
        report = {"files": [receipt.to_json() for receipt in receipts], "scan_notes": notes}
        typer.echo(json.dumps(report | {"names_patient": names_patient, "copied": copied}))
    else:
        _tell(receipts, notes, copied, names_patient)


def _tell(
    receipts: tuple[Receipt, ...], notes: list[str], copied: int, names_patient: bool
) -> None:
    """What was written, for people."""
    for text in notes:
        typer.echo(f"note: {text}", err=True)
    for receipt in receipts:
        for text in receipt.notes:
            typer.echo(f"note: {text}", err=True)
        typer.echo(receipt.summary())
    if copied:
        typer.echo(f"Copied {count_of(copied, 'file')} of the series without names")
    if names_patient:
        typer.echo("note: it names the patient as the series does; --deidentify does not", err=True)


def _measured(
    numbers: LabelArray, segments: tuple[Segment, ...], geometry: Geometry
) -> tuple[Reported, ...]:
    from kidview.session.reporting import measured  # loads more than the other forms need

    return measured(numbers, segments, geometry)


def _disguise(
    anonymous: bool, keep_uids: bool, pseudonym: str, with_series: Path | None
) -> Disguise | None:
    if anonymous:
        return Disguise(pseudonym=pseudonym, keeps_uids=keep_uids)
    if keep_uids or pseudonym or with_series is not None:
        raise KidViewError(
            "--keep-uids, --pseudonym and --with-series say how names are taken out",
            "add --deidentify",
        )
    return None


def _refuse_unheld(row: Export, given: dict[str, bool]) -> None:
    """Refuse what was asked for and would not be done in this form.

    Raises
    ------
    KidViewError
        An option holds for other forms only; the sentence names them.
    """
    for option, is_given in given.items():
        is_by_label = option == "--label"
        holds = [one for one in EXPORTS if one.is_dicom or (is_by_label and not one.is_lossless)]
        if is_given and row not in holds:
            known = ", ".join(one.key for one in holds)
            raise KidViewError(
                f"{option} holds for the formats {known}, and {row.key} is none of them",
                "leave it out or choose another format",
            )


def _maker(made: str, model: str) -> Maker:
    made = made or "semiautomatic"
    if made.lower() not in _MAKERS:
        raise KidViewError(f"labels are not made {made}", f"choose from {', '.join(_MAKERS)}")
    kind = cast(MakerKind, made.upper())
    name, _, version = model.partition("/")
    return Maker(kind, name, version)


def _label(word: str) -> int:
    number = next((n for n, name in LABEL_NAMES.items() if n and word in (name, str(n))), None)
    if number is None:
        known = ", ".join(name for n, name in LABEL_NAMES.items() if n)
        raise KidViewError(f"there is no label {word}", f"choose from {known}")
    return number


def _roles(given: list[str] | None) -> dict[str, int]:
    roles = {}
    for text in given or ():
        name, equals, word = text.rpartition("=")
        if not equals:
            raise KidViewError(f"--as {text} names no label", "write NAME=LABEL, as ROI-1=tumour")
        roles[name] = _label(word)
    return roles
