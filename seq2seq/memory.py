"""A translation memory: texts and their translations in one SQLite file.

What is in it word for word needs no translating; what is nearly in it can be shown. A person's translation takes the
place of a machine's, never the other way round.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from seq2seq.errors import DataError, UsageError, UserError

PERSON, MACHINE = "person", "machine"  # who made a translation
NEAR = 0.6  # similarity from which on a text is near
SHOWN = 3  # near texts, at most
_PATIENCE = 30.0  # seconds that another process, which writes, is waited for
_CANDIDATES = 64  # that share most words, of which the nearest are looked for
_AT_ONCE = 500  # values in a query
_WORD = re.compile(r"\w+|[^\w\s]")
_MARK, _VERSION = 0x53325332, 1  # how SQLite's file says whose it is
_SCHEMA = f"""
create table units (id integer primary key, source text not null unique, target text not null, origin text not null);
create table changes (number integer not null);
insert into changes values (0);
create virtual table words using fts5 (source, content = 'units', content_rowid = 'id', tokenize = 'unicode61');
create trigger added after insert on units begin
    insert into words (rowid, source) values (new.id, new.source);
end;
pragma application_id = {_MARK};
pragma user_version = {_VERSION};
"""
_ADD = f"""
insert into units (source, target, origin) values (?, ?, ?)
on conflict (source) do update set target = excluded.target, origin = excluded.origin
where (excluded.origin = '{PERSON}' or units.origin = '{MACHINE}')
    and (units.target, units.origin) != (excluded.target, excluded.origin)
"""


@dataclass(frozen=True)
class Near:
    """A text in the memory that is like another one; similarity 0 to 1, by words that stand in the same order."""

    source: str
    target: str
    similarity: float


class Memory:
    """An open translation memory."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """`UsageError` where there is none, or it cannot be opened, `DataError` where the file is another one."""
        new = not path.exists()
        if new and not create:
            raise UsageError(f"there is no translation memory {path}; begin one with: seq2seq memory add {path} [FILE]")
        self._path = path
        try:
            self._base = sqlite3.connect(path, timeout=_PATIENCE)
            if new:
                self._base.executescript(_SCHEMA)
            told = [self._base.execute(f"pragma {name}").fetchone()[0] for name in ("application_id", "user_version")]
        except sqlite3.DatabaseError as error:
            raise _unusable(path, error) from None
        if told != [_MARK, _VERSION]:
            self._base.close()
            raise DataError(f"{path} is no translation memory of this version of seq2seq; name another file")

    def close(self) -> None:
        """Closes the file."""
        self._base.close()

    def __len__(self) -> int:
        return int(self._query("select count(*) from units")[0][0])

    def exact(self, sources: Iterable[str]) -> dict[str, str]:
        """The translations of those sources that are in the memory as they stand."""
        distinct = list(dict.fromkeys(sources))
        found: dict[str, str] = {}
        for start in range(0, len(distinct), _AT_ONCE):
            asked = distinct[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(asked))
            found |= dict(self._query(f"select source, target from units where source in ({marks})", asked))
        return found

    def near(self, source: str) -> list[Near]:
        """The SHOWN nearest texts that are not the source itself, nearest first."""
        words = _WORD.findall(source.lower())
        asked = " OR ".join(f'"{word}"' for word in dict.fromkeys(words) if word[0].isalnum())
        if not asked:
            return []
        rows = self._query(
            "select units.source, units.target from words join units on units.id = words.rowid "
            "where words match ? order by rank limit ?",
            (asked, _CANDIDATES),
        )
        found = [Near(other, target, _similarity(words, other)) for other, target in rows if other != source]
        return sorted((one for one in found if one.similarity >= NEAR), key=lambda one: -one.similarity)[:SHOWN]

    def add(self, pairs: Iterable[tuple[str, str]], origin: str = PERSON) -> int:
        """`add_units` of pairs that all have one origin."""
        return self.add_units((source, target, origin) for source, target in pairs)

    def add_units(self, units: Iterable[tuple[str, str, str]]) -> int:
        """Takes in sources, targets and origins; how many are new or changed. All of them or, after an error, none."""
        changed = 0
        try:
            with self._base:
                for source, target, origin in units:
                    if source.strip() and target.strip():
                        changed += self._base.execute(_ADD, (source.strip(), target.strip(), origin)).rowcount
                self._base.execute("update changes set number = number + 1")
        except sqlite3.DatabaseError as error:
            raise _unusable(self._path, error) from None
        return changed

    def check_writable(self) -> None:
        """Raises, as `add` would, where nothing can be added."""
        try:
            self._base.execute("begin immediate")
            self._base.rollback()
        except sqlite3.DatabaseError as error:
            raise _unusable(self._path, error) from None

    def units(self) -> Iterator[tuple[str, str, str]]:
        """All sources and targets with their origins, in the order in which they came."""
        with closing(self._base.execute("select source, target, origin from units order by id")) as rows:
            yield from rows

    def state(self) -> str:
        """What differs after every change."""
        [[number]] = self._query("select number from changes")
        return f"{len(self)} units, change {number}"

    def _query(self, command: str, values: Sequence[object] = ()) -> list[Any]:
        try:
            return self._base.execute(command, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise _unusable(self._path, error) from None


def _similarity(words: Sequence[str], other: str) -> float:
    return SequenceMatcher(None, words, _WORD.findall(other.lower()), autojunk=False).ratio()


def _unusable(path: Path, error: Exception) -> UserError:
    if "locked" in str(error):
        return UserError(f"another process writes to the translation memory {path}; wait for it, and run it again")
    if isinstance(error, sqlite3.OperationalError):
        return UsageError(f"cannot use the translation memory {path}: {error}; name a file that can be written")
    return DataError(f"{path} is no translation memory: {error}; name another file")
