"""seq2seq trains LSTM encoder-decoders with attention and translates with them.

>>> from seq2seq import Translator
>>> Translator.load("runs/demo/model").translate(["The cat sleeps."])

The names below are loaded when they are first used, so that importing this
package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seq2seq.config import Config as Config
    from seq2seq.errors import UserError as UserError
    from seq2seq.evaluation import evaluate as evaluate
    from seq2seq.translation import Translation as Translation
    from seq2seq.translator import Translator as Translator

__version__ = "0.1.0"

_HOMES = {
    "Config": "seq2seq.config",
    "Translation": "seq2seq.translation",
    "Translator": "seq2seq.translator",
    "UserError": "seq2seq.errors",
    "evaluate": "seq2seq.evaluation",
}
__all__ = ["Config", "Translation", "Translator", "UserError", "evaluate"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'seq2seq' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
