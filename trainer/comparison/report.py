"""A comparison as a Markdown table and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trainer.evaluation.scores import HECS

_TITLES = {"kidney_and_mass": "foreground", "mass": "masses", "tumour": "tumour"}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """One block of rows a set, and one of what the networks cost."""
    lines = [
        "| network | parameters | GFLOP / litre | steps | s / volume | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cost = row.get("cost") or {"seconds": "-", "peak_mb": "-"}
        lines.append(
            f"| {row['network']} | {row['parameters'] / 1e6:.1f} M | {row['gflop_per_litre']:.1f}"
            f" | {row['steps']} | {cost['seconds']} | {cost['peak_mb']} |"
        )
    for name in rows[0]["sets"] if rows else ():
        lines += ["", f"**{name}**, {rows[0]['sets'][name]['cases']} cases", ""]
        heads = [f"{title} {kind}" for kind in ("Dice", "surface") for title in _TITLES.values()]
        lines.append(f"| network | {' | '.join(heads)} | lesions hit | false alarms |")
        lines.append("|---" * (len(heads) + 3) + "|")
        for row in rows:
            one = row["sets"][name]
            values = [_cell(one[f"{kind}_{hec}"]) for kind in ("hec", "sd") for hec in HECS]
            hits = f"{one['lesions_hit']:.0f} of {one['lesions']:.0f}"
            cells = " | ".join([row["network"], *values, hits, f"{one['false_alarms']:.0f}"])
            lines.append(f"| {cells} |")
    return "\n".join(lines) + "\n"


def _cell(value: Sequence[float] | None) -> str:
    return "-" if value is None else f"{value[0]:.3f} ({value[1]:.2f}-{value[2]:.2f})"


def draw_figure(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Mean Dice of every network with its interval, one panel a set."""
    from matplotlib.figure import Figure

    sets = list(rows[0]["sets"])
    figure = Figure(figsize=(5.2 * len(sets), 0.55 * len(rows) + 1.6), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(sets), squeeze=False)[0], sets, strict=True):
        for shift, (hec, title) in enumerate(_TITLES.items()):
            found = [(k, row["sets"][name][f"hec_{hec}"]) for k, row in enumerate(rows)]
            known = [(k, value) for k, value in found if value is not None]
            if not known:
                continue
            means = [value[0] for _, value in known]
            low = [value[0] - value[1] for _, value in known]
            high = [value[2] - value[0] for _, value in known]
            at = [k + 0.2 * (shift - 1) for k, _ in known]
            axes.errorbar(means, at, xerr=[low, high], fmt="o", label=title, capsize=2)
        axes.set_yticks(range(len(rows)), [row["network"] for row in rows])
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xlabel("Dice, 95 % interval")
        axes.set_title(name, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].legend(frameon=False)
    figure.savefig(path, dpi=110)
