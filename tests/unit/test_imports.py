"""The plan of the house: who may import whom, and what only the command line may do."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import seq2seq

PACKAGE = Path(seq2seq.__file__).parent
LAYERS = [  # a module imports only from layers before its own
    {"errors"},
    {"locations"},
    {"config", "lines", "casing", "memory", "tags", "scripts", "figures"},
    {"tokenizer", "segment", "device", "distributed"},
    {"corpus", "batching", "protection", "formats", "glossary"},
    {"feed", "counting"},
    {"vectors", "lexicon"},
    {"retagging"},
    {"cells", "attention", "loss", "largest"},
    {"model"},
    {"search", "alignment", "detection", "comet"},
    {"steps", "shortlist", "int8", "constrained"},
    {"decoding"},
    {"checkpoint", "bundle"},
    {"translation"},
    {"sentences"},
    {"translator", "evaluation", "scoring"},
    {"records", "comparison", "explanation"},
    {"workers"},
    {"cluster", "repeats"},
    {"jobs"},
    {"training", "preparation", "card"},
    {"run"},
    {"estimate"},
    {"report"},
    {"cli"},
    {"__main__"},
]
STRANGERS = ({"search", "model"},)  # they meet in others, through the Step protocol
UNSAFE = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
STREAMS = {"sys.exit", "sys.argv", "sys.stdin", "sys.stdout", "sys.stderr", "os.environ", "os.getenv", "os._exit"}
TERMINAL = {"typer", "click", "rich", "argparse"}
FILES = sorted(PACKAGE.rglob("*.py"))


def name_of(file: Path) -> str:
    """`seq2seq/cli/train.py` is cli.train, and `seq2seq/cli/__init__.py` cli."""
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(file): ast.parse(file.read_text(encoding="utf-8"), str(file)) for file in FILES}
INNER = {name: tree for name, tree in MODULES.items() if name.split(".")[0] not in ("__main__", "cli")}


def home(module: str) -> str:
    """The member of LAYERS that a module is, or is part of."""
    return module.split(".")[0]


def layer(module: str) -> int:
    return next(number for number, members in enumerate(LAYERS) if home(module) in members)


def imported(tree: ast.Module) -> Iterator[str]:
    """Dotted names of all that is imported anywhere in the file; `from a import b` may mean module a.b, so both."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out in full"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield "seq2seq.__main__"  # what it imports is not to be seen: as if it were everything


def siblings(tree: ast.Module) -> set[str]:
    """The modules of the package that a file imports."""
    inside = {name.removeprefix("seq2seq.") for name in imported(tree) if name.startswith("seq2seq.")}
    return {name for name in inside if name in MODULES}


def uses(tree: ast.Module) -> set[str]:
    """Names called and attributes touched, such as print and os.environ."""
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return calls | {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_every_file_has_its_place() -> None:
    homes = {home(module) for module in MODULES} - {"__init__"}
    assert homes == set().union(*LAYERS)
    assert not [module for module in MODULES if module.split(".")[-1] in ("utils", "util", "helpers", "common", "misc")]


@pytest.mark.parametrize("module", [module for module in MODULES if module != "__init__"])
def test_imports_point_only_downward(module: str) -> None:
    upward = [
        other for other in siblings(MODULES[module]) if home(other) != home(module) and layer(other) >= layer(module)
    ]
    assert upward == []


@pytest.mark.parametrize("module", [module for module in MODULES if "." in module])
def test_files_of_one_folder_do_not_import_in_a_circle(module: str) -> None:
    seen: set[str] = set()
    ahead = siblings(MODULES[module])
    while ahead - seen:
        seen |= ahead
        ahead = set().union(*(siblings(MODULES[other]) for other in ahead))
    assert module not in seen
    assert home(module) not in siblings(MODULES[module])  # nor their own __init__


@pytest.mark.parametrize("strangers", STRANGERS, ids=sorted)
def test_model_and_search_do_not_know_each_other(strangers: set[str]) -> None:
    for module in strangers:
        assert siblings(MODULES[module]) & strangers <= {module}


@pytest.mark.parametrize("module", INNER)
def test_only_the_command_line_prints_exits_and_reads_the_environment(module: str) -> None:
    assert uses(INNER[module]) & ({"print", "input", "exit", "quit", "breakpoint"} | STREAMS) == set()
    names = set(imported(INNER[module]))
    assert {name for name in names if name.split(".")[0] in TERMINAL} | names & STREAMS == set()


@pytest.mark.parametrize("module", MODULES)
def test_nothing_can_unpickle(module: str) -> None:
    assert {name.split(".")[0] for name in imported(MODULES[module])} & UNSAFE == set()
    assert uses(MODULES[module]) & {"torch.load", "torch.save", "np.load", "eval", "exec"} == set()


@pytest.mark.parametrize("module", MODULES)
def test_what_is_public_says_what_it_is(module: str) -> None:
    tree = MODULES[module]
    assert ast.get_docstring(tree)
    owners: list[ast.Module | ast.ClassDef] = [tree]
    silent = []
    for owner in owners:
        for node in owner.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
                is_property = any(ast.unparse(d) == "property" for d in node.decorator_list)
                is_inherited = isinstance(owner, ast.ClassDef) and owner.bases and node.name == "forward"
                if not (ast.get_docstring(node) or is_property or is_inherited):
                    silent.append(node.name)
                if isinstance(node, ast.ClassDef):
                    owners.append(node)
    assert silent == []


@pytest.mark.parametrize("name", ["seq2seq", "seq2seq.cli", "seq2seq.config"])
def test_importing_costs_neither_torch_nor_datasets(name: str) -> None:
    code = f"import sys, {name}; print(*sorted(sys.modules), sep='\\n')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert name in loaded
    assert loaded & {"torch", "datasets", "numpy", "pyarrow", "sentencepiece", "sacrebleu", "safetensors"} == set()


@pytest.mark.parametrize("name", seq2seq.__all__)
def test_public_names_are_what_their_homes_define(name: str) -> None:
    assert name in dir(seq2seq)
    assert getattr(seq2seq, name).__module__ == seq2seq._HOMES[name]


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'seq2seq' has no attribute 'Trasnlator'"):
        _ = seq2seq.Trasnlator  # type: ignore[attr-defined]
