"""`explain`: a sentence's translation, drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from command import Done, told

Call = Callable[..., Done]


def test_everything_is_drawn(call: Call, model: Path) -> None:
    done = call("explain", "The cat sleeps.", "--model", model, "--beam-size", 3)
    assert (done.returncode, done.stderr) == (0, b"")
    drawn = done.stdout.decode()
    for words in ("Pieces of the source", "The beam", "what else was likely", "Where it looked", "forget", "</s>", "%"):
        assert words in drawn
    facts = json.loads(call("explain", "The cat sleeps.", "--model", model, "--json").stdout)
    assert set(facts) == {"translation", "source", "said", "beam", "attention", "gates"}
    assert [gates["layer"] for gates in facts["gates"]][-1] == "decoder.layers.0.cells"
    told(call("explain", "12 + 7", "--model", model), 2, "no word")
