"""Several processes that train one model: who they are, and what they tell each other.

Each holds the whole model and reads its own share of every batch; gradients are averaged by torch's
DistributedDataParallel. What is here is the little that must be agreed on besides. One process alone is a
world of size 1, in which everything below costs nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import torch
from torch import distributed
from torch.distributed.rendezvous import rendezvous

from seq2seq.errors import UsageError, UserError

TIMEOUT = timedelta(hours=2)  # that one process waits for another, such as for the first one to prepare the data


class LostContactError(UserError):
    """Another process of the job has ended, and this one can't go on alone."""


@dataclass(frozen=True)
class World:
    """This process among those of the job."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Is this the one that shows, writes and validates?"""
        return self.rank == 0

    def share(self, rows: np.ndarray) -> np.ndarray:
        """This process's rows of a batch: every size-th, so that all have pairs of like lengths."""
        return rows[self.rank :: self.size]

    def barrier(self) -> None:
        """Goes on when all processes have come here."""
        if self.size > 1:
            distributed.barrier()

    def sum(self, *values: float) -> list[float]:
        """Each value added up over all processes. It waits for all of them."""
        if self.size == 1:
            return list(values)
        numbers = torch.tensor(values, dtype=torch.float64)
        distributed.all_reduce(numbers)
        return numbers.tolist()


@dataclass(frozen=True)
class Launch:
    """How torchrun has started this process; as it stands, how a process is that was started alone."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0  # among the processes of this machine: the number of its GPU
    restarts: int = 0  # of the whole job, after a failure


@contextmanager
def joined(launch: Launch) -> Iterator[World]:
    """The world of the processes that were launched together.

    `LostContactError` where another one ends before this one, `UsageError` where there are GPUs, but none for it.
    """
    if launch.size == 1:
        yield World()
        return
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if gpus:
        if launch.local_rank >= gpus:
            raise UsageError(
                f"there is no GPU for process {launch.local_rank} of this machine (counted from 0), which has {gpus}; "
                "start as many processes as GPUs, or hide the GPUs: CUDA_VISIBLE_DEVICES="
            )
        torch.cuda.set_device(launch.local_rank)
    try:
        store, rank, size = next(rendezvous("env://", timeout=TIMEOUT))
        # torchrun may keep its store over restarts, with the addresses of processes that are no more.
        store = distributed.PrefixStore(f"launch {launch.restarts}", store)  # type: ignore[attr-defined]
        backend = "cpu:gloo,cuda:nccl" if gpus else "gloo"
        distributed.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=TIMEOUT)
        yield World(rank, size)
    except (RuntimeError, ValueError) as error:
        if not _speaks_of_peers(error):
            raise
        reason = str(error).splitlines()[0]
        raise LostContactError(
            f"another process of this job has ended ({reason}); see what it said, then go on with --resume"
        ) from None
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()
            # The group's threads end with it. One that lets go of a tensor when Python has ended aborts the process.
            gc.collect()


def _speaks_of_peers(error: Exception) -> bool:
    """Does it come from talking to the other processes, and not from our own work?"""
    return isinstance(error, distributed.DistError) or "gloo" in str(error) or "NCCL" in str(error)
