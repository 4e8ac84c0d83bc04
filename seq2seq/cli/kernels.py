"""How many compiled kernels torch and oneDNN keep: one for each shape, for as long as the process lives."""

from __future__ import annotations

import os

TRAINING = (128, 256)
TRANSLATING = (16, 64)  # shapes of all lengths and numbers of sentences come by, and hardly one comes back soon


def keep_few(kernels: tuple[int, int]) -> None:
    """Limits both caches, for this process before it loads torch and for those that it starts.

    As many as they would keep are gigabytes in an hour. What the environment says already stays.
    """
    torch_s, onednn_s = kernels
    os.environ.setdefault("LRU_CACHE_CAPACITY", str(torch_s))
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(onednn_s))
