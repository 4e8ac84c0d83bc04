"""Which letters are Latin."""

from __future__ import annotations

import re

# Letters of other scripts: all letters but the blocks of Latin. [^\W\d_] has figures such as ½ and ² too.
FOREIGN_LETTER = (
    r"[^\W\d_A-Za-z\xaa\xb2\xb3\xb9\xba\xbc-\xbe\xc0-\u02ff\u1d00-\u1d25\u1d2c-\u1dbf\u1e00-\u1eff\u2070-\u209c"
    r"\u2150-\u218b\u2460-\u24ff\u2c60-\u2c7f\ua722-\ua7ff\uab30-\uab68\ufb00-\ufb06\uff21-\uff5a]"
)
_FOREIGN = re.compile(FOREIGN_LETTER)


def is_foreign(text: str) -> bool:
    """Are less than half of the letters Latin? Text without letters is in no script."""
    if text.isascii():
        return False
    foreign = sum(map(str.isalpha, _FOREIGN.findall(text)))
    return foreign > 0 and 2 * foreign > sum(map(str.isalpha, text))
