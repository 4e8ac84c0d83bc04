"""The documents' tables of settings say what the code does."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seq2seq.config import Config, Source

DOCUMENT = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def fields(cls: Any, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Each setting by its whole name, with its default."""
    for field in dataclasses.fields(cls):
        made = field.default_factory is not dataclasses.MISSING
        default = field.default_factory() if made else field.default  # type: ignore[misc]
        if dataclasses.is_dataclass(default):
            yield from fields(type(default), f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, default


def told() -> dict[str, str]:
    """The defaults in the table of all settings; one may stand for several fields."""
    table = {}
    for names, values in re.findall(r"^\| (`[^|]+`) \| ([^|]*) \|", DOCUMENT.split("## All settings")[1], re.MULTILINE):
        keys, defaults = (re.findall(r"`([^`]+)`", cell) for cell in (names, values))
        table |= dict(zip(keys, defaults * len(keys) if len(defaults) < len(keys) else defaults, strict=False))
    return table


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    own = told()
    for name, default in fields(Config):
        if name in ("data.train", "data.dev"):
            assert f"`{name}`" in DOCUMENT
        elif isinstance(default, float):
            assert float(own[name]) == default, name
        else:
            assert json.loads(own[name]) == default, name


def test_the_table_has_no_setting_that_there_is_not() -> None:
    sources = {field.name for field in dataclasses.fields(Source)}
    assert told().keys() <= {name for name, _ in fields(Config)} | sources
    assert {field for field in sources if f"`{field}`" not in DOCUMENT} == set()
