"""The window: the only room that knows Qt, pyqtgraph and VTK."""
