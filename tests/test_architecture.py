"""The house rules: which way imports point, what the core may touch, and that there are no circles."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("ranking", "service")
    for path in (ROOT / package).rglob("*.py")
}

# What the core may import besides itself. Everything in it is a function of its arguments.
PURE = {
    "bisect", "collections", "dataclasses", "datetime", "enum", "functools", "graphlib", "hashlib", "heapq",
    "itertools", "math", "operator", "re", "statistics", "typing", "unicodedata",
    "numpy", "scipy", "sklearn", "Stemmer",
}  # fmt: skip
IMPURE_CALLS = {"now", "utcnow", "today", "time", "open", "print", "input", "urandom", "default_rng"}

# From the outside in: a module may import from its own layer's right and from nothing to its left.
LAYERS = (
    {"service.cli"},
    {"service.serving", "service.evaluation.control", "service.evaluation.drift", "service.evaluation.estimate",
     "service.evaluation.evaluate", "service.evaluation.tune"},
    {"service.evaluation.options"},
    {"service.evaluation.folders", "service.evaluation.page", "service.evaluation.terminal"},
    {"service.evaluation.charts", "service.evaluation.mind", "service.evaluation.workers"},
    {"service.evaluation.scales", "service.evaluation.words"},
    {"service.evaluation.run", "service.evaluation"},
    {"service.inputs"},
    {"service.app", "service.local", "service.tables"},
    {"service.pages.errors", "service.pages.event", "service.pages.feed", "service.pages.operator",
     "service.pages.you"},
    {"service.pages.because", "service.pages.rendering", "service.body_limit"},
    {"service.pages.reading", "service.pages.words", "service.pages"},
    {"service.api.events", "service.api.feeds", "service.api.operation", "service.api.readers"},
    {"service.api.contract", "service.problems", "service.api"},
    {"service.actions"},
    {"service.actions.accounts", "service.actions.effects", "service.actions.events", "service.actions.feeds",
     "service.actions.histories", "service.actions.readers"},
    {"service.paging", "service.views"},
    {"service.catalog", "service.readers"},
    {"service.store"},
    {"service.store.catalog", "service.store.crowd", "service.store.feeds"},
    {"service.store.readers"},
    {"service.store.connection", "service.store.scripts"},
    {"service.formats.ledger", "service.formats.profile", "service.formats.reader", "service.formats.snapshot",
     "service.formats.statistics"},
    {"service.formats.record", "service.formats.terms", "service.formats"},
    {"service.impressions", "service.requests"},
    {"service.answers", "service.checks", "service.cursors", "service.documents", "service.embedded",
     "service.errors", "service.examples", "service.parameters", "service.seeding", "service.settings",
     "service.telemetry", "service.terminal", "service"},
    {"ranking.evaluation.leaks", "ranking.evaluation.simulation", "ranking.evaluation.tuning"},
    {"ranking.evaluation.comparison", "ranking.evaluation.control", "ranking.evaluation.counterfactual"},
    {"ranking.evaluation.outcomes"},
    {"ranking.evaluation.baselines"},
    {"ranking.evaluation.rankers"},
    {"ranking.evaluation.known"},
    {"ranking.evaluation.trials"},
    {"ranking.evaluation.log"},
    {"ranking.evaluation.intervals", "ranking.evaluation.metrics", "ranking.evaluation", "ranking.movement"},
    {"ranking.feed"},
    {"ranking.explanation"},
    {"ranking.diversity", "ranking.exploration"},
    {"ranking.scoring"},
    {"ranking.similarity", "ranking.profile"},
    {"ranking.lessons", "ranking.corpus"},
    {"ranking.reader"},
    {"ranking.interactions", "ranking.ledger", "ranking.wishes"},
    {"ranking.features"},
    {"ranking.crowd", "ranking.latent", "ranking.text"},
    {"ranking.event", "ranking.params", "ranking.errors", "ranking"},
)  # fmt: skip
DEPTH = {module: depth for depth, layer in enumerate(LAYERS) for module in layer}


def imports_of(module: str) -> set[str]:
    """The full names that a module imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively; name the module"
            whole = node.module or ""
            found |= {f"{whole}.{alias.name}" if f"{whole}.{alias.name}" in MODULES else whole for alias in node.names}
    return found


def test_every_module_has_its_layer() -> None:
    """A new module must be given a place in LAYERS, and a deleted one taken out."""
    assert set(DEPTH) == set(MODULES)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_inwards(module: str) -> None:
    """A module imports only from layers further in, or its own."""
    outward = [other for other in imports_of(module) & set(MODULES) if DEPTH[other] < DEPTH[module]]
    assert not outward, f"{module} reaches outwards to {outward}"


def test_there_are_no_import_circles() -> None:
    """The modules can be put in an order in which each needs only earlier ones."""
    graph = {module: imports_of(module) & set(MODULES) for module in MODULES}
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith("ranking")))
def test_the_core_is_pure(module: str) -> None:
    """The core imports nothing that could read a file, a socket or a clock, and calls nothing that does."""
    packages = {name.partition(".")[0] for name in imports_of(module)} - {"ranking"}
    assert packages <= PURE, f"{module} imports {packages - PURE}"
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(MODULES[module].read_text()))
        if isinstance(node, ast.Call)
    }
    assert not called & IMPURE_CALLS, f"{module} calls {called & IMPURE_CALLS}"


def test_all_draws_in_the_core_follow_from_their_seed() -> None:
    """Chance comes from numpy's generators alone, and each is given what it starts from."""
    for module in (name for name in MODULES if name.startswith("ranking")):
        calls = [node for node in ast.walk(ast.parse(MODULES[module].read_text())) if isinstance(node, ast.Call)]
        drawn = {ast.unparse(call.func) for call in calls if "random" in ast.unparse(call.func)}
        assert drawn <= {"np.random.Generator", "np.random.PCG64", "randomized_svd"}, f"{module} calls {drawn}"
        unseeded = [call.lineno for call in calls if ast.unparse(call.func) in drawn and not call.args]
        assert not unseeded, f"{module} draws without a seed in lines {unseeded}"


def test_only_the_store_speaks_to_redis() -> None:
    """No other module knows a key or a command."""
    speakers = {module for module in MODULES if any(name.startswith("redis") for name in imports_of(module))}
    assert speakers == {"service.store.connection"}


def test_an_import_inside_a_function_is_never_there_to_break_a_circle() -> None:
    """Only the command line (for a quick start) and what has an optional package (a store, a cluster) import late."""
    late = {
        module
        for module, path in MODULES.items()
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    commanding = ("control", "drift", "estimate", "evaluate", "options", "tune", "workers")
    commands = {f"service.evaluation.{name}" for name in commanding}
    assert late <= {"service.cli", "service.embedded", *commands}
