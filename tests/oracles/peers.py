"""Other engines that run the exported rules: what they answer, and how long they take.

Each takes people as settled facts and gives, for each of them, the truth of every rule, and the
seconds that a core worked in each round over everybody: what else the machine does then does not
count. Facts are brought into an engine's own form and programs are compiled before the clock
starts.
"""

import gc
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from ventosa.export.cel import cel_rules
from ventosa.export.elm import elm_library
from ventosa.export.expanded import variables_of
from ventosa.knowledge import Knowledge
from ventosa.logic import Truth
from ventosa.record import Interval, Value

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
CQL_EXECUTION = "cql-execution@3.3.2"
AGREEMENT = "agreement"
"""The property of a test that says how many evaluations an engine agreed on."""

Facts = Mapping[str, Value]


class Absent(Exception):
    """Why an engine cannot be run here."""


@dataclass(frozen=True, slots=True)
class Run:
    """Truths by person and rule, and the seconds of each round."""

    truths: list[tuple[Truth, ...]]
    seconds: tuple[float, ...]


def compiled(knowledge: Knowledge, people: Sequence[Facts], rounds: int = 1) -> Run:
    """The program's own fast form."""
    rows = [knowledge.compiled.pack(person) for person in people]
    truths = knowledge.compiled.truths
    return timed(lambda: [truths(row) for row in rows], rounds)


def rust_cel(knowledge: Knowledge, people: Sequence[Facts], rounds: int = 1) -> Run:
    """CEL in Rust, from PyPI ``common-expression-language``."""
    try:
        import cel
    except ImportError:
        raise Absent("common-expression-language: pip install 'ventosa[dev]'") from None
    programs = [cel.compile(text) for text in _expressions(knowledge)]
    contexts = [cel.Context(variables=variables(person)) for person in people]

    def truth(program: Any, context: Any) -> Truth:
        try:
            return _yes_or_no(program.execute(context))
        except RuntimeError as error:
            return _because_not_given(str(error), "Undefined variable")

    return timed(lambda: [tuple(truth(p, c) for p in programs) for c in contexts], rounds)


def cpp_cel(knowledge: Knowledge, people: Sequence[Facts], rounds: int = 1) -> Run:
    """CEL in C++, from PyPI ``cel-expr-python``; it checks the types of every expression."""
    try:
        from cel_expr_python import cel
    except ImportError:
        raise Absent("cel-expr-python: pip install 'ventosa[oracles]'") from None
    types = {"bool": cel.Type.BOOL, "string": cel.Type.STRING, "double": cel.Type.DOUBLE}
    declared = {name: types[word] for name, word in cel_rules(knowledge)["variables"].items()}
    env = cel.NewEnv(variables=declared)
    programs = [env.compile(text) for text in _expressions(knowledge)]
    activations = [env.Activation(variables(person)) for person in people]

    def truth(program: Any, activation: Any) -> Truth:
        found = program.eval(activation)
        if found.type() == cel.Type.ERROR:
            return _because_not_given(str(found.value()), "No value with name")
        return _yes_or_no(found.value())

    return timed(lambda: [tuple(truth(p, a) for p in programs) for a in activations], rounds)


def cql_execution(knowledge: Knowledge, people: Sequence[Facts], rounds: int = 1) -> Run:
    """The exported ELM library in npm ``cql-execution``; its seconds are taken inside Node."""
    nothing = dict.fromkeys(variables_of(knowledge))
    return elm_run(elm_library(knowledge), [nothing | variables(p) for p in people], rounds)


def elm_run(library: object, parameters: Sequence[Mapping[str, Any]], rounds: int = 1) -> Run:
    """What each definition of an ELM library gives, for each set of parameters."""
    modules = _installed()
    lines = "\n".join(map(json.dumps, parameters))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "library.json"
        path.write_text(json.dumps(library), "utf-8")
        ran = _node([HERE / "cql.mjs", modules, path, rounds], lines)
    truths = [tuple(json.loads(line)) for line in ran.stdout.splitlines()]
    return Run(truths, tuple(float(line) for line in ran.stderr.splitlines()))


def interpreted(document: Path, people: Sequence[Facts]) -> list[dict[str, Any]]:
    """What a reader of the JSON document alone, written in JavaScript, makes of each person."""
    lines = "\n".join(
        json.dumps({fact: _ends(value) for fact, value in person.items()}) for person in people
    )
    ran = _node([HERE / "interpreter.mjs", document], lines)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def variables(person: Facts) -> dict[str, bool | str | float]:
    """Facts as the exported rules take them: a number by its two ends, the unknown left out."""
    found: dict[str, bool | str | float] = {}
    for fact, value in person.items():
        if isinstance(value, Interval):
            found |= {f"{fact}_low": float(value.low), f"{fact}_high": float(value.high)}
        else:
            found[fact] = value
    return found


def _ends(value: Value) -> Any:
    return {"low": value.low, "high": value.high} if isinstance(value, Interval) else value


def _expressions(knowledge: Knowledge) -> list[str]:
    return [rule["expression"] for rule in cel_rules(knowledge)["rules"].values()]


def _yes_or_no(found: object) -> bool:
    assert isinstance(found, bool), found
    return found


def _because_not_given(error: str, words: str) -> None:
    """An error is *unknown* only where a variable was not given; any other is a fault."""
    assert words in error, error


def timed(run: Callable[[], list[tuple[Truth, ...]]], rounds: int) -> Run:
    """What a run gives, and the seconds of its rounds; Python's collector rests meanwhile."""
    seconds, truths = [], []
    gc.disable()
    for _ in range(rounds):
        start = process_time()
        truths = run()
        seconds.append(process_time() - start)
    gc.enable()
    return Run(truths, tuple(seconds))


# --- Node -----------------------------------------------------------------------------------


def _node(arguments: Sequence[object], lines: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("node")
    if program is None:
        raise Absent("no Node.js: apt-get install nodejs")
    command = [program, *map(str, arguments)]
    ran = subprocess.run(command, input=lines, text=True, capture_output=True, check=False)
    if ran.returncode != 0:
        raise AssertionError(ran.stderr)
    return ran


def _installed() -> Path:
    """The folder of Node's modules under ``build``, with cql-execution fetched if need be."""
    folder = ROOT / "build" / "oracles"
    modules = folder / "node_modules"
    if (modules / "cql-execution").is_dir():
        return modules
    npm = shutil.which("npm")
    if npm is None:
        raise Absent("no npm: apt-get install npm")
    folder.mkdir(parents=True, exist_ok=True)
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    command = [npm, "install", "--prefix", str(folder), *quiet, CQL_EXECUTION]
    ran = subprocess.run(command, text=True, capture_output=True, check=False)
    if ran.returncode != 0:
        raise Absent(f"{CQL_EXECUTION} cannot be fetched by npm")
    return modules
