"""Draw docs/images/report.png, the report of the phantom: python docs/make_report.py."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from kidview import __version__
from kidview.core.task import Task
from kidview.demo import make_phantom
from kidview.measure import measure_case
from kidview.ui.report.authorship import by_file
from kidview.ui.report.content import report_of
from kidview.ui.report.papers import PAPERS
from kidview.ui.report.pdf import draw_page, pages_of
from kidview.ui.report.pictures import evidence_of
from kidview.ui.report.sheet import Sheet
from kidview.ui.report.solid import solid_picture

TARGET = Path(__file__).parent / "images" / "report.png"
DOTS_PER_MM = 5


def main() -> None:
    """Draw the first page."""
    _application = QGuiApplication(sys.argv[:1])
    volume, labels = make_phantom()
    measured = measure_case(volume.hu, labels.array, volume.geometry)
    facts = by_file("demo_ct_seg.nii.gz")
    report = report_of(measured, volume, "demo_ct.nii.gz", facts, f"KidView {__version__}")
    solid = solid_picture(labels.array, volume.geometry, Task())
    evidence = replace(evidence_of(volume, labels.array, measured), solid=solid)
    paper = PAPERS["a4"]
    width, height = (round(mm * DOTS_PER_MM) for mm in (paper.width_mm, paper.height_mm))
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(1000 * DOTS_PER_MM)
    image.setDotsPerMeterY(1000 * DOTS_PER_MM)
    image.fill(Qt.GlobalColor.white)
    sheet = Sheet(image)
    pages = pages_of(sheet, report, evidence)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    sheet.painter = painter
    draw_page(sheet, pages[0], report.name, 1, len(pages))
    painter.end()
    image.save(str(TARGET))
    small = Image.open(TARGET).convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE)
    small.save(TARGET, optimize=True)
    print(f"{TARGET.name}: {TARGET.stat().st_size // 1000} kB, {len(pages)} pages")


if __name__ == "__main__":
    main()
