"""Find the shared libraries and programs that pip cannot bring; install them or say how.

``python3 .ci/system_libraries.py [--test]`` runs before the virtual environment exists, so it
uses the standard library of any Python 3 and asks the loader for each library by its name.
As root on Debian or Ubuntu it installs what is missing; elsewhere it prints the command and
exits 1. Source of the list: an empty Debian 12 tree in which Qt (xcb and offscreen) and VTK
(GLX and EGL) ran with these packages and no others.
"""

import ctypes
import glob
import os
import shutil
import subprocess
import sys

OLDEST_PYTHON = (3, 11)

# shared library -> Debian package; newer releases provide the older package names
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libEGL_mesa.so.0": "libegl-mesa0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
# what the loader cannot be asked for: any file will do (depths are fixed, as ** follows links)
FILES = {
    "libgl1-mesa-dri": (
        "/usr/lib/*/dri/*_dri.so",
        "/usr/lib64/dri/*_dri.so",
        "/usr/lib/*/libgallium-*.so",
        "/usr/lib64/libgallium-*.so",
    ),
    "fonts-dejavu-core": (
        "/usr/share/fonts/*/*.[to]tf",
        "/usr/share/fonts/*/*/*.[to]tf",
        "/usr/local/share/fonts/*.[to]tf",
    ),
}
# programs that tests hold KidView against
PROGRAMS = {
    "Xvfb": "xvfb",
    "dcm2niix": "dcm2niix",
    "dciodvfy": "dicom3tools",
    "desktop-file-validate": "desktop-file-utils",
    "update-mime-database": "shared-mime-info",
    "xdg-mime": "xdg-utils",
}


def main():
    """Exit 0 when nothing is missing (any more), 1 with a sentence otherwise."""
    if sys.version_info < OLDEST_PYTHON:
        have = ".".join(map(str, sys.version_info[:2]))
        print(f"error: KidView needs Python 3.11 or newer and {sys.executable} is {have} - "
              "name another one: make PYTHON=python3.12 ...", file=sys.stderr)  # fmt: skip
        return 1
    packages = missing("--test" in sys.argv[1:])
    if not packages:
        return 0
    if shutil.which("apt-get") is None:
        print("error: shared libraries or programs are missing - install what your system calls "
              "these Debian packages: " + " ".join(packages), file=sys.stderr)  # fmt: skip
        return 1
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0:
        print("error: packages are missing - run: sudo " + " ".join(command), file=sys.stderr)
        return 1
    return install(command)


def missing(for_tests):
    """Names of the Debian packages to install, in the order of the tables.

    Parameters
    ----------
    for_tests : bool
        Whether the programs that only tests need count.
    """
    packages = []
    if not has_venv():
        packages.append("python3-venv")
    if sys.platform.startswith("linux"):
        packages += [package for name, package in LIBRARIES.items() if not can_load(name)]
        packages += [
            package for package, patterns in FILES.items() if not any(map(found, patterns))
        ]
        if for_tests:
            packages += [package for name, package in PROGRAMS.items() if not shutil.which(name)]
    return packages


def has_venv():
    """Whether this Python can make a virtual environment with pip in it (Debian splits it off)."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def can_load(name):
    """Whether the loader finds a shared library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def found(pattern):
    """Whether any file matches."""
    return next(glob.iglob(pattern), None) is not None


def install(command):
    """Run apt-get as root, its lists brought up to date first."""
    print("installing: " + " ".join(command[4:]), flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.run(["apt-get", "update", "-q"], env=environment, capture_output=True, check=False)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        print("error: apt-get failed - run it by hand: " + " ".join(command), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
