"""View menu: layout, slices, zoom, window, what is drawn."""

from __future__ import annotations

import numpy as np

from kidview.core.task import Job
from kidview.session import PLANES, PRESETS, WindowPreset, cut, plan_slice, step_along
from kidview.ui import finding
from kidview.ui.actions.row import SCAN, ActionRow, Condition
from kidview.ui.context import Context
from kidview.ui.dialogs.go_to import ask_slice

_LAYOUTS = (
    ("four", "Four views", "Ctrl+1", "Axial, coronal, sagittal and 3D side by side"),
    ("large", "One large view", "Ctrl+2", "Axial large, the others small beside it"),
    ("row", "Three slices in a row", "Ctrl+3", "Axial, coronal and sagittal side by side"),
    ("two", "Two slices", "Ctrl+4", "Axial and coronal side by side"),
)
_VIEWS = (*PLANES, "surface")
_THEMES = ("system", "dark", "light")
_OPACITY_STEP = 0.1


def toggle_maximised(context: Context, view: str | None = None) -> None:
    """Give one view all the room, or bring all of them back."""
    wanted = view or context.window.views.active
    is_so = context.session.view.maximised == wanted
    context.session.look(maximised=None if is_so or not wanted else wanted)


def restore_or_maximise(context: Context) -> None:
    """Space: whatever is maximised comes back, else the active view is maximised."""
    toggle_maximised(context, context.session.view.maximised)


def step_slice(context: Context, step: int) -> None:
    """Move the crosshair along the active view's axis."""
    volume = context.session.volume
    if volume is None:
        return
    axis, view = context.window.views.active_axis, context.session.view
    index = plan_slice(volume.geometry, view, axis).index + step
    context.session.look(cursor_ras=step_along(volume.geometry, view, axis, index))


def fit(context: Context) -> None:
    """Show the whole scan in every view."""
    volume = context.session.volume
    if volume is not None:
        x, y, z = (float(v) for v in volume.geometry.centre_ras)
        context.session.look(mm_per_pixel=None, centre_ras=(x, y, z))
        context.window.views.fit_surface()


def choose_window(context: Context, preset: WindowPreset) -> None:
    """Use a preset's grey scale."""
    half = preset.width_hu / 2
    context.session.look(window_hu=(preset.level_hu - half, preset.level_hu + half))
    context.window.say(f"{preset.name}: width {preset.width_hu:.0f}, level {preset.level_hu:.0f}")


def auto_window(context: Context) -> None:
    """Stretch the grey scale over the active slice's tissue."""
    volume = context.session.volume
    if volume is None:
        return
    axis = context.window.views.active_axis
    index = volume.geometry.nearest_index(context.session.view.cursor_ras)[axis]
    plane = np.asarray(cut(volume.hu, axis, index)[::2, ::2], dtype=np.int16)
    tissue = plane[plane > -300]  # air outside and inside would darken everything else
    if tissue.size < 100:
        tissue = plane
    low, high = (float(v) for v in np.percentile(tissue, (1, 99)))
    context.session.look(window_hu=(low, max(high, low + 10)))
    context.window.say(f"Window fitted to this slice: {low:.0f} to {high:.0f} HU")


def cycle_theme(context: Context) -> None:
    """System, dark, light, and round again."""
    place = _THEMES.index(context.settings["theme"])
    choice = _THEMES[(place + 1) % len(_THEMES)]
    context.settings.set("theme", choice)
    context.window.say(f"Theme: {choice}")


def centre_on_label(context: Context) -> None:
    """Move the crosshair into the largest piece of the active label."""
    session = context.session
    if session.labels is None:
        return
    labels, label = session.labels.snapshot(), session.view.label

    def done(index: finding.Index | None) -> None:
        if index is None:
            context.window.say("There is no voxel of this label yet")
        elif session.volume is not None:
            session.look_at(index)
            session.look(centre_ras=session.view.cursor_ras)

    context.jobs.start(
        Job(
            "Find label",
            "centre",
            lambda task: finding.inside_largest(labels.labels().array, label),
            done,
        )
    )


def is_panel_shown(context: Context) -> bool:
    """Whether the right panel tells of the scan."""
    return bool(context.settings["has_panel"]) and not context.settings["has_cases"]


def toggle_panel(context: Context) -> None:
    """Show labels, history and case, in the place of the list of cases, or hide them."""
    context.settings.set("has_panel", not is_panel_shown(context))
    context.settings.set("has_cases", False)


def toggle_full_screen(context: Context) -> None:
    """All of the screen, or a window again."""
    window = context.window
    window.showNormal() if window.isFullScreen() else window.showFullScreen()


def _set_opacity(context: Context, step: float) -> None:
    opacity = round(context.session.view.opacity + step, 2)
    context.session.look(opacity=min(max(opacity, 0.0), 1.0))


def _flag_row(
    id: str,
    title: str,
    key: str,
    tip: str,
    field: str,
    itk: tuple[str, ...] | None = None,
    starts_group: bool = False,
) -> ActionRow:
    return ActionRow(
        id,
        title,
        (key,),
        tip,
        "View",
        lambda c: c.session.look(**{field: not getattr(c.session.view, field)}),
        SCAN,
        is_checked=lambda c: bool(getattr(c.session.view, field)),
        itk_keys=itk,
        starts_group=starts_group,
    )


def _layout_row(layout: str, title: str, key: str, tip: str) -> ActionRow:
    return ActionRow(
        f"layout.{layout}",
        title,
        (key,),
        tip,
        "View/Layout",
        lambda c: c.settings.set("layout", layout),
        SCAN,
        is_checked=lambda c: c.settings["layout"] == layout,
    )


def _maximise_row(number: int, view: str) -> ActionRow:
    name = "3D" if view == "surface" else view
    return ActionRow(
        f"maximise.{view}",
        f"Only {name}",
        (f"Alt+{number}",),
        f"Give the {name} view all the room, or bring the others back",
        "View/Layout",
        lambda c: toggle_maximised(c, view),
        SCAN,
        is_checked=lambda c: c.session.view.maximised == view,
        itk_keys=(f"Ctrl+Alt+{number}",),
        starts_group=number == 1,
    )


def _preset_row(preset: WindowPreset) -> ActionRow:
    half = preset.width_hu / 2
    wanted = (preset.level_hu - half, preset.level_hu + half)
    return ActionRow(
        f"window.{preset.name.split()[0].lower().strip(',')}_{preset.key.lower()}",
        preset.name,
        (preset.key,),
        f"Width {preset.width_hu:.0f} HU, level {preset.level_hu:.0f} HU",
        "View/Window",
        lambda c: choose_window(c, preset),
        SCAN,
        is_checked=lambda c: c.session.view.window_hu == wanted,
    )


VIEW = (
    *(_layout_row(*row) for row in _LAYOUTS),
    *(_maximise_row(n + 1, view) for n, view in enumerate(_VIEWS)),
    *(_preset_row(preset) for preset in PRESETS),
    ActionRow(
        "window.auto",
        "Fit to the slice",
        ("Ctrl+J",),
        "Stretch the grey scale over the active slice's tissue",
        "View/Window",
        auto_window,
        SCAN,
        starts_group=True,
    ),
    ActionRow(
        "view.maximise",
        "Maximise the active view",
        ("Space",),
        "One view, or all of them again",
        "View",
        restore_or_maximise,
        SCAN,
        starts_group=True,
    ),
    ActionRow(
        "view.fit",
        "Fit the scan",
        ("Ctrl+0",),
        "Show the whole scan in every view",
        "View",
        fit,
        SCAN,
        itk_keys=("Ctrl+F",),
    ),
    ActionRow(
        "slice.next",
        "Next slice",
        ("PgUp",),
        "One slice up, forward or to the right in the active view",
        "View",
        lambda c: step_slice(c, 1),
        SCAN,
        itk_keys=("PgUp", "Up"),
        starts_group=True,
        repeats=True,
    ),
    ActionRow(
        "slice.previous",
        "Previous slice",
        ("PgDown",),
        "One slice down, back or to the left in the active view",
        "View",
        lambda c: step_slice(c, -1),
        SCAN,
        itk_keys=("PgDown", "Down"),
        repeats=True,
    ),
    ActionRow(
        "slice.go_to",
        "Go to slice…",
        ("G",),
        "Type the number of a slice of the active view",
        "View",
        ask_slice,
        SCAN,
    ),
    ActionRow(
        "view.centre",
        "Centre on the active label",
        ("C",),
        "Move the crosshair into the largest piece of the active label",
        "View",
        centre_on_label,
        SCAN,
    ),
    ActionRow(
        "place.next",
        "Next doubtful place",
        ("N",),
        "Look for places that may be wrong, and go to the next one",
        "View",
        lambda c: c.window.looking.step(1),
        SCAN,
    ),
    ActionRow(
        "place.previous",
        "Doubtful place before",
        ("Shift+N",),
        "Go back to the place before",
        "View",
        lambda c: c.window.looking.step(-1),
        SCAN,
    ),
    _flag_row(
        "view.peek",
        "Hide labels",
        "H",
        "Peek at the scan: hold the key, or choose it to keep them hidden",
        "are_labels_hidden",
        itk=("S",),
        starts_group=True,
    ),
    _flag_row(
        "view.outline", "Outlines only", "O", "Labels as outlines without fill", "is_outline"
    ),
    ActionRow(
        "view.opacity_less",
        "Less fill",
        ("A",),
        "Fainter fill of the labels",
        "View",
        lambda c: _set_opacity(c, -_OPACITY_STEP),
        SCAN,
        repeats=True,
    ),
    ActionRow(
        "view.opacity_more",
        "More fill",
        ("D",),
        "Stronger fill of the labels",
        "View",
        lambda c: _set_opacity(c, _OPACITY_STEP),
        SCAN,
        repeats=True,
    ),
    _flag_row(
        "view.smooth",
        "Smooth display",
        "I",
        "Linear instead of nearest interpolation",
        "is_smooth",
        starts_group=True,
    ),
    ActionRow(
        "view.doubt",
        "Doubt of the network",
        ("Shift+D",),
        "Show where the network was unsure: what to look at first",
        "View",
        lambda c: c.session.look(has_doubt=not c.session.view.has_doubt),
        Condition(
            lambda c: c.session.uncertainty is not None, "let the network outline this scan first"
        ),
        is_checked=lambda c: c.session.view.has_doubt,
    ),
    _flag_row(
        "view.crosshair",
        "Crosshair",
        "Shift+X",
        "Lines through the present point in each view",
        "has_crosshair",
    ),
    _flag_row(
        "view.ct_in_3d",
        "CT in 3D",
        "Shift+V",
        "Bones and vessels of the scan around the surfaces of the 3D view",
        "has_ct_in_3d",
    ),
    ActionRow(
        "view.panel",
        "Side panel",
        ("Ctrl+B",),
        "Show or hide labels, history and case",
        "View",
        toggle_panel,
        SCAN,
        is_checked=is_panel_shown,
        starts_group=True,
    ),
    ActionRow(
        "view.theme",
        "Change theme",
        ("Ctrl+T",),
        "System, dark or light",
        "View",
        cycle_theme,
    ),
    ActionRow(
        "view.full_screen",
        "Full screen",
        ("F11",),
        "All of the screen, or a window again",
        "View",
        toggle_full_screen,
        is_checked=lambda c: c.window.isFullScreen(),
    ),
)
