"""The cases of the store in the window: listed, opened, kept, moved on."""
