"""``python -m kidview``: the same as the command ``kidview``."""

import sys

from kidview.cli import main

if __name__ == "__main__":
    sys.exit(main())
