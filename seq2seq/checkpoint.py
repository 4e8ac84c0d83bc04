"""Where a run stands, on disk: everything that the next update depends on.

One safetensors file: weights, averaged weights and optimizer moments as tensors,
and all plain numbers as JSON in its header. It is written beside and renamed, so
that at any moment there is one whole checkpoint. No random state is in it: what
an update draws follows from the seed and the step.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from seq2seq.errors import CheckpointError, UserError


@dataclass
class Position:
    """The plain numbers of a run: how far it is, and what it has seen of its dev set."""

    step: int = 0  # updates done
    epoch: int = 0
    update: int = 0  # updates done in this epoch
    tokens: int = 0  # target tokens learned from
    seconds: float = 0.0  # of training and validation, over all sittings
    best_score: float = -1.0
    best_step: int = 0
    validations_without_gain: int = 0


@dataclass
class TrainingState:
    """All that changes while a run goes on."""

    model: nn.Module
    averaged: nn.Module  # the exponential moving average of the model's weights
    optimizer: torch.optim.Optimizer
    position: Position = field(default_factory=Position)


def write_atomically(path: Path, data: bytes) -> None:
    """`path` holds either what it held before or all of `data`, also after a power cut."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UserError(
            f"cannot write {path}: {error.strerror}; what it held is unchanged, make room and go on"
        ) from None
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def save(path: Path, state: TrainingState, fingerprint: str, data: str) -> None:
    """Writes the state; `fingerprint` says of which configuration it is, `data` of which prepared text, if known."""
    tensors = {name: tensor.contiguous() for name, tensor in _tensors(state).items()}
    header = {"fingerprint": fingerprint, "data": data, "position": json.dumps(asdict(state.position))}
    write_atomically(path, to_bytes(tensors, metadata=header))


def load(path: Path, state: TrainingState, fingerprint: str, data: str) -> None:
    """Puts what `save` wrote back into `state`.

    `CheckpointError` where the file is damaged or belongs to another configuration or other data.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} is no whole checkpoint ({error}); start again in another directory") from None
    if header.get("fingerprint") != fingerprint:
        raise CheckpointError(
            f"{path} belongs to a run with another configuration; "
            "resume with the options it was started with, or start again in another directory"
        )
    if data and header.get("data", data) != data:  # from before this was noted, there may be none of either
        beside = path.parent / "data"
        raise CheckpointError(
            f"{path} has learned from other text than what is prepared in {beside}; put the files back that it was "
            f"made from, delete {beside} and --resume, or start again in another directory"
        )
    state.position = Position(**json.loads(header["position"]))
    _prepare_optimizer(state.optimizer)
    with torch.no_grad():
        for name, tensor in _tensors(state).items():
            tensor.copy_(tensors[name])


def _tensors(state: TrainingState) -> dict[str, Tensor]:
    """Every tensor of the state under its own name; tied weights once."""
    names: dict[Tensor, str] = {parameter: name for name, parameter in state.model.named_parameters()}
    tensors = {f"model.{name}": parameter.detach() for parameter, name in names.items()}
    tensors |= {f"averaged.{name}": parameter.detach() for name, parameter in state.averaged.named_parameters()}
    for parameter, slots in state.optimizer.state.items():
        tensors |= {f"optimizer.{names[parameter]}.{slot}": tensor for slot, tensor in slots.items()}
    return tensors


def _prepare_optimizer(optimizer: torch.optim.Optimizer) -> None:
    """Makes the optimizer's moments exist, as they do after a first update, to be filled."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    rates = [group["lr"] for group in optimizer.param_groups]
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    for group in optimizer.param_groups:
        group["lr"] = 0.0
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate
