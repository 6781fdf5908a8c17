"""The colours of both themes and how far they stand apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours by what they are for, as #RRGGBB.

    Parameters
    ----------
    window, panel, raised : str
        Three steps of ground: behind everything, panels and bars, controls and hovered rows.
    line : str
        One pixel between things.
    text, secondary, disabled : str
        Three steps of writing.
    accent, on_accent : str
        What is active or primary, and writing upon it.
    link : str
        Writing in the accent; darker in the light theme, where the accent is too faint to read.
    error, warning : str
        Failure or destruction, and what deserves a look.
    view : str
        Ground of the views; black in both themes.
    """

    name: str
    window: str
    panel: str
    raised: str
    line: str
    text: str
    secondary: str
    disabled: str
    accent: str
    on_accent: str
    link: str
    error: str
    warning: str
    view: str = "#000000"


DARK = Palette(
    name="dark",
    window="#17181A",
    panel="#1E2022",
    raised="#26292C",
    line="#33373B",
    text="#E6E8EA",
    secondary="#9BA1A6",
    disabled="#858B90",
    accent="#4AA8A0",
    on_accent="#0B1413",
    link="#4AA8A0",
    error="#F0837A",
    warning="#E0B25A",
)
LIGHT = Palette(
    name="light",
    window="#F6F7F8",
    panel="#FFFFFF",
    raised="#EDEFF1",
    line="#D5D9DD",
    text="#1B1E21",
    secondary="#565D64",
    disabled="#6B7279",
    accent="#1E7F78",
    on_accent="#FFFFFF",
    link="#17706A",
    error="#B3261E",
    warning="#7A5300",
)

PLANE_COLOURS = ("#E88FA0", "#8CCB7A", "#A9A0EE")
"""Axial, coronal, sagittal: rose, green, violet; each plane's line in the other views and its
name in its own. None is near a label's colour or the accent."""

DOUBT = "#FF4FB0"
"""Where the network was unsure: none of the labels' colours."""

ON_SCAN = "#C3C8CC"
"""Second to the text, yet readable upon tissue, unlike the panels' secondary."""


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two #RRGGBB colours, 1..21.

    Source: WCAG 2.2, definitions of contrast ratio and relative luminance.
    """
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
