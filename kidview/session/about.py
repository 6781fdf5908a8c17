"""Whose labels a journal keeps: the scan, its grid, and the case if it is one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kidview.cases import Case
from kidview.core.errors import BrokenFile
from kidview.core.geometry import Geometry
from kidview.core.types import Index
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.io import house_source


@dataclass(frozen=True)
class About:
    """The first record of a journal; with it the labels can be written even without the scan.

    Parameters
    ----------
    path, format, title : str
        Of the scan's source; the path is absolute.
    case_id : str
        "" for a scan that is no case.
    revision : int
        Of the case when the journal began; 0 for none.
    second_reader : str
        Who reads the case blind.
    shape_zyx : 3 ints
    zyx_to_ras : 16 floats
    axes, flips : of the source's `AxisOrder`
    first : int
        Number of the first step in the journal.
    began : str
        UTC, ISO 8601.
    """

    path: str
    format: str
    title: str
    case_id: str
    revision: int
    second_reader: str
    shape_zyx: Index
    zyx_to_ras: tuple[float, ...]
    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]
    first: int
    began: str

    @classmethod
    def of(cls, volume: Volume, case: Case | None, second_reader: str, first: int) -> About:
        """What is open now."""
        source = volume.source
        return cls(
            str(source.path.absolute()),
            source.format,
            source.title,
            "" if case is None else case.case_id,
            0 if case is None else case.revision,
            second_reader,
            volume.geometry.shape_zyx,
            tuple(float(number) for number in volume.geometry.zyx_to_ras.ravel()),
            source.order.axes,
            source.order.flips,
            first,
            datetime.now(UTC).isoformat(timespec="seconds"),
        )

    @classmethod
    def from_fields(cls, fields: Any) -> About:
        """From a record; raises BrokenFile when it is another one's."""
        try:
            row: dict[str, Any] = {
                key: tuple(value) if isinstance(value, list) else value
                for key, value in fields.items()
            }
            about = cls(**row)
            _ = about.geometry
        except (TypeError, ValueError, AttributeError) as error:
            raise BrokenFile(
                "a journal does not say whose labels it keeps", "it was written by another version"
            ) from error
        return about

    def fields(self) -> dict[str, Any]:
        """For a record."""
        return asdict(self)

    @property
    def name(self) -> str:
        """As the window calls it: the case's pseudonym, else the file's name."""
        return self.case_id or Path(self.path).name

    @property
    def is_made_up(self) -> bool:
        """Whether it is the demonstration case, which lies in no file."""
        return self.format == "phantom"

    @property
    def geometry(self) -> Geometry:
        """The grid."""
        rows = [self.zyx_to_ras[n : n + 4] for n in range(0, 16, 4)]
        return Geometry(self.shape_zyx, rows)  # type: ignore[arg-type]

    @property
    def source(self) -> Source:
        """To write labels in the axis order of the scan's file, without that file."""
        return house_source(self.geometry, Path(self.path), AxisOrder(self.axes, self.flips))
