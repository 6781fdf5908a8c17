"""The card beside every network: what it expects, what it gives, what it was made of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kidview.core.clicks import CHANNELS
from kidview.core.errors import ModelError
from kidview.core.types import Index, Triple

SCHEMA = 1


@dataclass(frozen=True)
class Step:
    """One network of the cascade.

    Parameters
    ----------
    role : str
        "coarse" finds the kidneys in the whole scan, "fine" outlines them in each box. Of
        several coarse steps the scores are averaged. "refine" corrects a tile about a click.
    file : str
        Name of the onnx file beside the card.
    sha256 : str
        Of that file.
    spacing_zyx : 3 floats, mm
        Grid on which the network works.
    clip_hu : 2 floats
        HU are clipped to this range, then ``(hu - mean_hu) / sd_hu``.
    mean_hu, sd_hu : float
    tile_zyx : 3 ints
        Voxels of one network input; every tile has this shape.
    overlap : float
        Share of a tile that overlaps its neighbour, 0..0.75.
    margin_mm : float
        Fine steps only: how far the box reaches beyond what the coarse step found.
    """

    role: str
    file: str
    sha256: str
    spacing_zyx: Triple
    clip_hu: tuple[float, float]
    mean_hu: float
    sd_hu: float
    tile_zyx: Index
    overlap: float
    margin_mm: float = 0.0

    @property
    def inputs(self) -> int:
        """Input channels: intensity, and for a refining network what `core.clicks` tells."""
        return CHANNELS if self.role == "refine" else 1


@dataclass(frozen=True)
class ModelCard:
    """Everything inference needs to know, read from ``models/<name>.json``.

    Network input is float32 (1, inputs of the step, Z, Y, X), output float32 (1, C, Z, Y, X)
    logits with C = 1 + number of labels, channel 0 background, channel n label ``labels[n - 1]``.
    """

    name: str
    version: str
    labels: tuple[int, ...]
    steps: tuple[Step, ...]
    training: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    licence: str = ""
    limits: str = ""
    schema: int = SCHEMA

    def steps_of(self, role: str) -> tuple[Step, ...]:
        """The steps of a role, one for all but "coarse".

        Raises
        ------
        ModelError
            There is none.
        """
        found = tuple(step for step in self.steps if step.role == role)
        if not found:
            raise ModelError(f"model '{self.name}' has no {role} step", "export the model again")
        return found

    @property
    def checksums(self) -> dict[str, str]:
        """sha256 of each network by a name of its own: "coarse", "coarse-2", "fine"."""
        return {title: step.sha256 for title, step in zip(self.titles, self.steps, strict=True)}

    @property
    def titles(self) -> tuple[str, ...]:
        """Role of each step, numbered from the second of a role on."""
        found: list[str] = []
        for number, step in enumerate(self.steps):
            before = sum(other.role == step.role for other in self.steps[:number])
            found.append(f"{step.role}-{before + 1}" if before else step.role)
        return tuple(found)

    def to_json(self) -> str:
        """The card as it is written to disk."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def read_card(path: Path) -> ModelCard:
    """Read and check a card.

    Raises
    ------
    ModelError
        No such file, no JSON, or a field missing, of the wrong kind or impossible; the
        message names file and field.
    """
    hint = "restore the models folder, or export the model again"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"model card {path.name} cannot be read", hint) from error
    except ValueError as error:
        raise ModelError(f"model card {path.name} is no JSON", hint) from error
    if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
        raise ModelError(f"model card {path.name} has no schema {SCHEMA}", hint)

    def take(table: dict[str, Any], name: str, kind: Any) -> Any:
        if name not in table:
            raise ModelError(f"model card {path.name} lacks the field '{name}'", hint)
        try:
            return kind(table[name])
        except (TypeError, ValueError) as error:
            raise ModelError(f"model card {path.name}: field '{name}' is unusable", hint) from error

    def numbers(count: int, kind: Any) -> Any:
        def convert(value: Any) -> Any:
            if len(value) != count:
                raise ValueError
            return tuple(kind(v) for v in value)

        return convert

    steps = tuple(
        Step(
            role=take(row, "role", str),
            file=take(row, "file", str),
            sha256=take(row, "sha256", str),
            spacing_zyx=take(row, "spacing_zyx", numbers(3, float)),
            clip_hu=take(row, "clip_hu", numbers(2, float)),
            mean_hu=take(row, "mean_hu", float),
            sd_hu=take(row, "sd_hu", float),
            tile_zyx=take(row, "tile_zyx", numbers(3, int)),
            overlap=take(row, "overlap", float),
            margin_mm=float(row.get("margin_mm", 0.0)),
        )
        for row in take(raw, "steps", list)
    )
    grids = {step.spacing_zyx for step in steps if step.role == "coarse"}
    if not steps or len(grids) > 1 or any(min(s.spacing_zyx) <= 0 or s.sd_hu <= 0 for s in steps):
        raise ModelError(f"model card {path.name}: field 'steps' is unusable", hint)
    return ModelCard(
        name=take(raw, "name", str),
        version=take(raw, "version", str),
        labels=take(raw, "labels", lambda v: tuple(int(i) for i in v)),
        steps=steps,
        training=take(raw, "training", dict),
        scores=take(raw, "scores", dict),
        licence=take(raw, "licence", str),
        limits=take(raw, "limits", str),
    )
