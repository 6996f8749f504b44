"""The house keeps its own rules: what ``docs/architecture.md`` and ``CONTRIBUTING.md`` promise.

Which way imports point is a contract in ``pyproject.toml`` and is not repeated here.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "ventosa"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if not re.match(r"\d{4}_", path.name))
"""Every module but the migrations, which are generated."""

PAPERS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "GLOSSARY.md", "CHANGELOG.md")),
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if "rulebook" not in path.parts),
]

MOST_LINES = 450
MOST_FUNCTION_LINES = 60
FILES_TO_SPLIT: dict[str, int] = {}
"""Files that are too long and still wait for a seam with a name: they may not grow past this."""

FUNCTIONS_TO_SPLIT: dict[str, int] = {}
"""Functions that are too long and still wait: they may not grow past this."""

NO_ROOM = {"utils", "util", "helpers", "common", "core", "services", "manager", "managers", "misc"}

DOORS = ("cli/", "web/")
READERS = ("cli/", "knowledge/", "languages/", "page/", "population/", "web/")
"""Rooms that read files; page and languages read only what lies in them."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def in_room(path: Path, rooms: tuple[str, ...]) -> bool:
    return name_of(path).startswith(rooms)


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Every call of a module: its line and the name that is called (``date.today``)."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def test_the_tree_was_found() -> None:
    assert len(MODULES) > 40
    assert len(PAPERS) > 12


# --- sizes and names ------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_file_is_short(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    most = FILES_TO_SPLIT.get(name_of(path), MOST_LINES)
    assert lines <= most, f"{name_of(path)} has {lines} lines: split it along a seam with a name"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_function_is_short(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            name = f"{name_of(path)} {node.name}"
            most = FUNCTIONS_TO_SPLIT.get(name, MOST_FUNCTION_LINES)
            assert lines <= most, f"{name} has {lines} lines"


def test_what_was_split_is_taken_off_the_lists() -> None:
    for name in FILES_TO_SPLIT:
        path = SOURCE / name
        assert path.is_file(), f"{name} is gone: take it off FILES_TO_SPLIT"
        lines = len(path.read_text("utf-8").splitlines())
        assert lines > MOST_LINES, f"{name} is short now: take it off FILES_TO_SPLIT"
    for entry in FUNCTIONS_TO_SPLIT:
        name, _, function = entry.partition(" ")
        found = [
            (node.end_lineno or 0) - node.lineno + 1
            for node in ast.walk(tree_of(SOURCE / name))
            if isinstance(node, Function) and node.name == function
        ]
        assert found and max(found) > MOST_FUNCTION_LINES, f"take {entry} off FUNCTIONS_TO_SPLIT"


def test_no_room_is_named_after_nothing() -> None:
    names = {part for path in MODULES for part in path.relative_to(SOURCE).with_suffix("").parts}
    assert not names & NO_ROOM


# --- docstrings -----------------------------------------------------------------------------

DERIVED = {"Meta", "is_disc", "id", "box", "has", "holds", "values"}
"""One-line members whose name says what they return."""


def public(body: list[ast.stmt], outer: str = "") -> Iterator[tuple[str, ast.ClassDef | Function]]:
    for node in body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield outer + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_what_is_public_says_what_it_is(path: Path) -> None:
    tree = tree_of(path)
    assert ast.get_docstring(tree), f"{name_of(path)} does not say what it is for"
    for name, node in public(tree.body):
        if node.name in DERIVED:
            continue
        assert ast.get_docstring(node), f"{name_of(path)}: {name} has no docstring"


# --- what the core never does ---------------------------------------------------------------

CLOCKS = {"today", "now", "utcnow", "time", "monotonic", "perf_counter", "localtime", "gmtime"}
READING = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir"}
TEXT_AS_PROGRAM = {"eval", "exec", "__import__", "import_module", "literal_eval"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_text_becomes_a_program(path: Path) -> None:
    for line, name in calls(path):
        assert name.rpartition(".")[2] not in TEXT_AS_PROGRAM, f"{name_of(path)}:{line}: {name}"
        is_compiler = name == "compile" and name_of(path) != "compiled.py"
        assert not is_compiler, f"{name_of(path)}:{line}: only compiled.py compiles, and only nodes"


def test_what_is_compiled_is_a_tree_and_not_a_text() -> None:
    tree = tree_of(SOURCE / "compiled.py")
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("compile", "ast.parse")
    ]
    assert len(found) == 2
    for node in found:
        # ``ast.parse`` reads one constant skeleton; ``compile`` takes the tree made from it.
        is_constant = isinstance(node.args[0], ast.Constant)
        assert is_constant == (ast.unparse(node.func) == "ast.parse")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_door_reads_a_clock_and_prints(path: Path) -> None:
    if in_room(path, DOORS):
        return
    for line, name in calls(path):
        last = name.rpartition(".")[2]
        assert last not in CLOCKS, f"{name_of(path)}:{line}: the day is an argument, not {name}"
        assert last not in {"print", "echo", "getLogger"}, f"{name_of(path)}:{line}: {name}"
    imported = {alias.name for node in _imports(path) for alias in node.names}
    assert not imported & {"logging", "time", "warnings"}, name_of(path)


def _imports(path: Path) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_three_rooms_read_files(path: Path) -> None:
    if in_room(path, READERS):
        return
    for line, name in calls(path):
        last = name.rpartition(".")[2]
        assert last not in READING, f"{name_of(path)}:{line}: {name}"


# --- papers ---------------------------------------------------------------------------------


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert names
    for number, name in enumerate(names, 1):
        assert re.fullmatch(rf"{number:04d}-[a-z0-9]+(-[a-z0-9]+)*\.md", name), name


def test_a_decision_says_why_and_what_follows() -> None:
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        text = path.read_text("utf-8")
        assert re.search(r"^Date: \d{4}-\d\d-\d\d$", text, re.MULTILINE), path.name
        for heading in ("Context", "Decision", "Consequences"):
            assert f"## {heading}\n" in text, f"{path.name}: {heading}"


_LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_papers_resolve(path: Path) -> None:
    for target in _LINK.findall(path.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, heading = target.partition("#")
        found = (path.parent / file) if file else path
        assert found.exists(), f"{path.name}: {target}"
        if heading and found.suffix == ".md":
            assert heading in _anchors(found), f"{path.name}: {target}"


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_papers_speak_plainly(path: Path) -> None:
    text = path.read_text("utf-8")
    prose = re.sub(r"```.*?```|`[^`\n]*`|!\[", "", text, flags=re.DOTALL)
    assert "!" not in prose, f"{path.name}: an exclamation mark"
    found = re.search(r"\b(please|successfully|simply|leverage|seamless\w*)\b", prose, re.I)
    assert found is None, f"{path.name}: {found and found.group()}"


def test_a_reference_to_a_paper_in_the_code_resolves() -> None:
    for path in MODULES:
        for name in re.findall(r"``(docs/[\w./-]+)``", path.read_text("utf-8")):
            is_made = name.startswith(("docs/rulebook", "docs/schemas"))
            assert is_made or (ROOT / name).exists(), f"{name_of(path)}: {name}"


_TEXT = {".py", ".md", ".toml", ".csv", ".json", ".css", ".j2", ".lock", ""}
_ROOMS = ("src", "tests", "bench", "docs", "examples", ".ci")
_PLACE = re.compile(
    r"(?<![\w./])/(?:work|root|home|opt|Users|mnt)/\w|\b[A-Z]:\\|\blocalhost\b|\b127\.0\.0\.1\b"
    r"|(?i:co-authored-by|generated with|language model)"
)

_SERVES = ("src/ventosa/web/", "src/ventosa/cli/", "tests/", "bench/", "docs/network.md", "README")
"""Where the machine's name for itself has a meaning: what is served is served there first."""


def _texts() -> Iterator[Path]:
    yield from (p for p in ROOT.iterdir() if p.is_file() and p.suffix in _TEXT)
    for room in _ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and path.suffix in _TEXT and "__pycache__" not in path.parts:
                yield path


def test_nothing_tells_of_the_machine_it_was_written_on() -> None:
    for path in _texts():
        if path == Path(__file__):
            continue
        text = path.read_text("utf-8", errors="replace")
        if path.relative_to(ROOT).as_posix().startswith(_SERVES):
            text = re.sub(r"127\.0\.0\.1|localhost", "", text)
        found = _PLACE.search(text)
        assert found is None, f"{path.relative_to(ROOT)}: {found and found.group()}"


def test_the_lock_names_versions_and_hashes_only() -> None:
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    kinds = re.compile(r"[a-z0-9-]+==[\w.]+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|\s+#.*")
    wrong = [line for line in lines if line and not kinds.fullmatch(line)]
    assert not wrong, wrong[:3]
