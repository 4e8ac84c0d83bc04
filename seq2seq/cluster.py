"""Shards of lines through a Ray cluster: what `workers` does on one machine, on as many as the cluster has.

Ray Data carries the shards to actors that have loaded the model once, brings the results back in order, and gives the
shard of an actor or a machine that died to another one. The paths of models, glossary and memory must mean the same on
every machine; the input and the output are read and written here alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Iterator
from itertools import islice
from typing import Any

from seq2seq.errors import UsageError, UserError
from seq2seq.workers import Result, Shard, Work, load, translate_shard

WAVE = 1024  # shards that are handed over together: some dozens of megabytes of text


def on_ray(shards: Iterator[Shard], work: Work, jobs: int) -> Generator[Result]:
    """Results in the shards' order, from `jobs` actors of one core each; 0: as many as the cluster has cores.

    Joins the cluster that RAY_ADDRESS names, or starts one on this machine. `UsageError` without Ray, and the
    `UserError` that a shard ended with.
    """
    try:
        import ray
        from ray import data
    except ImportError:
        raise UsageError("--engine ray needs Ray; pip install 'seq2seq[ray]'") from None
    started = not ray.is_initialized()
    if started:
        ray.init(log_to_driver=False, logging_level=logging.ERROR)
    context = data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        size = jobs or int(ray.cluster_resources().get("CPU", 1))
        gpus = float(work.device.startswith("cuda"))
        while wave := list(islice(shards, WAVE)):
            rows = data.from_items([_packed(shard) for shard in wave], override_num_blocks=len(wave))
            done = rows.map(
                _Actor,
                fn_constructor_args=(work,),
                compute=data.ActorPoolStrategy(size=size),
                num_cpus=1 - gpus,
                num_gpus=gpus,
            )
            for row in done.iter_rows():
                yield _unpacked(row)
    finally:
        if started:
            ray.shutdown()


class _Actor:
    """A process of the cluster, with a translator of its own."""

    def __init__(self, work: Work) -> None:
        import torch

        torch.set_num_threads(1)
        self.work = work

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        shard = Shard(tuple(row["lines"]), row["numbers"], row["end"])
        try:
            result = translate_shard(load(self.work), self.work, shard)
        except UserError as error:
            return {"end": shard.end, "outputs": [], "flagged": "", "error": str(error)}
        facts = {"end": result.end, "outputs": list(result.outputs)}
        return facts | {"flagged": json.dumps(result.flagged), "error": ""}


def _packed(shard: Shard) -> dict[str, Any]:
    return {"lines": list(shard.lines), "numbers": list(shard.numbers), "end": shard.end}


def _unpacked(row: dict[str, Any]) -> Result:
    if row["error"]:
        raise UserError(row["error"])
    return Result(row["end"], tuple(row["outputs"]), json.loads(row["flagged"]))
