"""What opens above the window: pickers, palette, sheets."""
