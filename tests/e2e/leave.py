"""Sits in a program of its own and closes its window while a trainer is at work.

``python leave.py``, in a folder where a package `trainer` stands for the real one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox

from kidview.core.task import Job, Task
from kidview.learning.teach import run_trainer
from kidview.ui import jobs
from kidview.ui.app import make_app, make_window
from kidview.ui.teaching.lessons import KEY

jobs.FAREWELL_S = 1000.0  # whoever is waited for is waited for to the end
app = make_app()
window = make_window(app)
window.show()
lessons = window.lessons
lessons.child = Path("mine-1")
heard: list[dict[str, Any]] = []


def work(task: Task) -> None:
    run_trainer(["finetune"], task, heard.append)


def close() -> None:
    """As soon as the trainer learns: close the window and agree to stop."""
    if not heard or len(window.context.jobs.running) > 1:
        return  # others that are at work are waited for
    timer.stop()
    window.close()
    box = window.findChild(QMessageBox)
    assert box is not None and lessons.is_running
    (stop,) = (button for button in box.buttons() if button.text() == "Stop and close")
    stop.click()
    assert not window.isVisible()
    print("closed", flush=True)


timer = QTimer(interval=20)
timer.timeout.connect(close)
timer.start()
window.context.jobs.start(Job("Teach", KEY, work, print, print, may_be_left=True))
sys.exit(app.exec())
