"""Which models there are, which one is in use, and which ones were before.

Models that come with the program lie in its own folder, which is never written. Models made
here lie in the user's folder, with a file that says which was in use since when.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kidview.cases import user_store
from kidview.core.errors import ModelError, WriteError
from kidview.core.modelcard import ModelCard, read_card
from kidview.core.resources import models_dir
from kidview.io import write_atomically
from kidview.learning.verdict import Verdict
from kidview.segment import DEFAULT_MODEL

HISTORY_FILE = "in_use.history"
FIRST, PROMOTED, AGAINST, ROLLED_BACK = "first", "promoted", "against the measure", "rolled back"
_SCHEMA = 1


def own_models() -> Path:
    """The user's folder of models; it may be missing."""
    return user_store().parent / "models"


def user_registry() -> Registry:
    """The models of this user: the program's own and those made here."""
    return Registry(models_dir(), own_models(), DEFAULT_MODEL)


@dataclass(frozen=True)
class Entry:
    """A model that can be used, or a card that is broken.

    Parameters
    ----------
    name : str
    folder : Path
    is_own : bool
        Made here, not come with the program.
    card : ModelCard or None
    error : str
        Why the card is unusable; "" otherwise.
    """

    name: str
    folder: Path
    is_own: bool
    card: ModelCard | None = None
    error: str = ""


@dataclass(frozen=True)
class Use:
    """A model was put to use.

    Parameters
    ----------
    model : str
    since : str
        UTC, ISO 8601; "" for the program's own from the beginning.
    kind : str
        `FIRST`, `PROMOTED`, `AGAINST` (the verdict) or `ROLLED_BACK`.
    by : str
        Who decided.
    """

    model: str
    since: str = ""
    kind: str = FIRST
    by: str = ""


class Registry:
    """The models of a user.

    Parameters
    ----------
    shipped : Path
        Folder of the models that come with the program.
    own : Path
        Folder of those made here.
    default : str
        What is in use where nothing was ever promoted.
    """

    def __init__(self, shipped: Path, own: Path, default: str) -> None:
        self._shipped = shipped
        self._own = own
        self._default = default

    def entries(self) -> tuple[Entry, ...]:
        """All models, those of the program first; a broken card is a row with its error.

        A model made here never takes the place of one of the program's, even under its name.
        """
        found: dict[str, Entry] = {}
        for folder, is_own in ((self._shipped, False), (self._own, True)):
            for path in sorted(folder.glob("*.json")):
                found.setdefault(path.stem, _entry(path, is_own))
        return tuple(found.values())

    def find(self, name: str) -> Entry:
        """The model of that name.

        Raises
        ------
        ModelError
            There is none, or its card is unusable.
        """
        by_name = {entry.name: entry for entry in self.entries()}
        if name not in by_name:
            names = ", ".join(by_name) or "none is installed"
            raise ModelError(f"no model is called '{name}'", f"models there are: {names}")
        entry = by_name[name]
        if entry.error:
            raise ModelError(f"model '{name}' cannot be used: {entry.error}", "use another model")
        return entry

    def history(self) -> tuple[Use, ...]:
        """Every model that was in use, oldest first; the last is in use now.

        Raises
        ------
        ModelError
            The file that tells is damaged.
        """
        path = self._own / HISTORY_FILE
        if not path.exists():
            return (Use(self._default),)
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            if table["schema"] != _SCHEMA or not table["uses"]:
                raise ValueError
            uses = tuple(Use(**row) for row in table["uses"])
            if not all(isinstance(word, str) for use in uses for word in vars(use).values()):
                raise ValueError
            return uses
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{HISTORY_FILE} does not tell which model is in use",
                f"delete it from {self._own} to go back to the program's own",
            ) from error

    def in_use(self) -> Entry:
        """The model that outlines scans now; raises as `find` and `history`."""
        try:
            return self.find(self.history()[-1].model)
        except ModelError as error:
            raise ModelError(error.what, f"{error.hint}; or go back to the model before") from error

    def promote(self, name: str, verdict: Verdict, by: str, *, against: bool = False) -> Entry:
        """Put a model to use that proved itself.

        Parameters
        ----------
        name : str
        verdict : Verdict
            Of this very model against the one in use.
        by : str
            Who decides.
        against : bool
            Also where the verdict refuses it.

        Raises
        ------
        ModelError
            The verdict refuses it, is about other models, or a file of the model was changed.
        WriteError
            Nothing was changed then.
        """
        entry, present = self.find(name), self.in_use()
        _refuse_other(entry, verdict.new)
        _refuse_other(present, verdict.old)
        refuse_changed(entry)
        if not by.strip():
            raise ModelError("nobody is named for the promotion", "give a name")
        if not verdict.allowed and not against:
            raise ModelError(
                f"'{name}' does not replace '{present.name}': {'; '.join(verdict.reasons)}",
                "teach it from more cases, or replace it against this advice",
            )
        self._add(Use(name, _now(), PROMOTED if verdict.allowed else AGAINST, by.strip()))
        return entry

    def roll_back(self, by: str) -> Entry:
        """Put the model to use that was in use before.

        Raises
        ------
        ModelError
            There was none before, or it is unusable now.
        WriteError
        """
        before = _before(self.history())
        if before is None:
            raise ModelError("no model was in use before this one", "teach one and use it first")
        entry = self.find(before)
        refuse_changed(entry)
        self._add(Use(before, _now(), ROLLED_BACK, by.strip()))
        return entry

    def _add(self, use: Use) -> None:
        uses = (*self.history(), use)
        table = {"schema": _SCHEMA, "uses": [vars(one) for one in uses]}
        text = json.dumps(table, indent=2, ensure_ascii=False) + "\n"
        self._own.mkdir(parents=True, exist_ok=True)

        def write(path: Path) -> None:
            path.write_text(text, encoding="utf-8", newline="\n")

        def check(path: Path) -> None:
            if path.read_text(encoding="utf-8") != text:
                raise WriteError(f"{HISTORY_FILE} reads back different", "check the disk")

        write_atomically(self._own / HISTORY_FILE, ".history", write, check, overwrite=True)


def _before(uses: tuple[Use, ...]) -> str | None:
    """The model in use before the present one; a roll back undoes one promotion, not itself."""
    stack: list[str] = []
    for use in uses:
        if use.kind == ROLLED_BACK and len(stack) > 1:
            stack.pop()
        else:
            stack.append(use.model)
    return stack[-2] if len(stack) > 1 else None


def _entry(path: Path, is_own: bool) -> Entry:
    try:
        return Entry(path.stem, path.parent, is_own, read_card(path))
    except ModelError as error:
        return Entry(path.stem, path.parent, is_own, error=str(error))


def _refuse_other(entry: Entry, judged: dict[str, object]) -> None:
    """Raise unless a verdict is about the very files of a model."""
    assert entry.card is not None  # `find` refuses others
    if judged["sha256"] != entry.card.checksums:
        raise ModelError(
            f"the verdict is not about '{entry.name}' as it is now",
            "measure the models again: kidview-train judge",
        )


def refuse_changed(entry: Entry) -> None:
    """Raise ModelError unless each network file is the one the card describes."""
    assert entry.card is not None
    for step in entry.card.steps:
        try:
            with (entry.folder / step.file).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"{step.file} cannot be read", "teach the model again") from error
        if found != step.sha256:
            raise ModelError(
                f"{step.file} is not the file its card describes (sha256)", "teach the model again"
            )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
