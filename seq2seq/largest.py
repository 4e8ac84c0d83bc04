"""The largest numbers of long rows, faster on a processor than torch finds them.

`torch.topk` and `argmax` go through a row number by number; the largest of each of its groups are found many numbers
at a time, and the row's largest can only be in those groups whose largest are largest.
"""

from __future__ import annotations

import torch
from torch import Tensor

GROUP = 32  # numbers


def largest(rows: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The `size` largest of each row, largest first: rows (N, V) → values and columns int64, (N, min(size, V)) each.

    As `torch.topk`, which of equal numbers it gives is not said.
    """
    groups = rows.size(1) // GROUP
    if groups <= 2 * size:  # nothing would be left out
        return rows.topk(min(size, rows.size(1)))
    maxima = rows[:, : groups * GROUP].unflatten(1, (groups, GROUP)).amax(2)  # (N, groups)
    starts = maxima.topk(size).indices * GROUP  # (N, size)
    within = torch.arange(GROUP, device=rows.device)
    rest = torch.arange(groups * GROUP, rows.size(1), device=rows.device)  # the columns that fill no group
    columns = torch.cat(((starts[:, :, None] + within).flatten(1), rest.expand(len(rows), -1)), dim=1)  # (N, n)
    values, places = rows.gather(1, columns).topk(size)  # (N, size) each
    return values, columns.gather(1, places)
