"""The shape of the code: imports go down and through doors, outside libraries have one gate."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import rag.errors

PACKAGE = Path(__file__).parent.parent / "rag"

# From the floor up; a room imports from floors below its own, and nothing else of ours.
FLOORS: list[set[str]] = [
    {"errors", "records"},
    {"setting_forms"},
    {"config", "resources", "work"},
    {"text"},
    {"models", "library"},
    {"search", "intake", "topics"},
    {"grounding"},
    {"answers", "summaries", "checking"},
    {"wiring"},
    {"opened"},
    {"changing"},
    {"starring"},
    {"scoping"},
    {"turning"},
    {"assistant"},
    {"doctor", "asynchronous", "llamaindex"},
    {"web", "api", "evaluation"},
    {"cli"},
    {"__main__"},
]

# The modules of each folder, bottom up: one imports only from those named before it.
ORDER: dict[str, list[str]] = {
    "text": [
        "readable",
        "fold",
        "words",
        "names",
        "languages",
        "notices",
        "sentences",
        "manuscript",
        "manuscript_latex",
        "manuscript_markdown",
        "rhetoric",
        "phrases",
        "citations",
        "talk",
        "json_replies",
        "replies",
        "coined",
        "clip",
        "export",
        "reading_list",
    ],
    "models": [
        "prompts",
        "prompting",
        "thoughts",
        "refusals",
        "abilities",
        "budget",
        "chunks",
        "reply",
        "failures",
        "endpoint",
        "blas",
        "token_words",
        "embed_local",
        "embed_endpoint",
        "embed",
        "llm",
        "probe",
    ],
    "library": [
        "access",
        "dialects",
        "schema",
        "database",
        "sqlite",
        "postgres",
        "opening",
        "derived",
        "backup",
        "filters",
        "entries",
        "changes",
        "conversations",
        "stars",
        "stamps",
        "reviews",
        "logins",
        "placed",
        "shelf",
        "selection",
        "works",
        "reading",
        "store",
        "lexicon",
        "vectors",
        "chroma_server",
        "remote_vectors",
    ],
    "search": [
        "query",
        "limits",
        "late",
        "question",
        "fusion",
        "evidence",
        "abstain",
        "model_rerank",
        "retriever",
        "spelling",
    ],
    "intake": [
        "readers",
        "services",
        "works",
        "planning",
        "embedding",
        "indexes",
        "ingest",
        "restoring",
    ],
    "intake.readers": [
        "raw",
        "sources",
        "clean",
        "draft",
        "digest",
        "tex",
        "bibtex",
        "tagged",
        "ris",
        "refer",
        "medline",
        "xml_records",
        "pubmed_xml",
        "endnote_xml",
        "atom",
        "tables",
        "json_shapes",
        "records_json",
    ],
    "intake.services": ["client", "identifiers", "live", "records", "zotero_items", "zotero"],
    "topics": [
        "vocabulary",
        "space",
        "clusters",
        "labels",
        "drawing",
        "placing",
        "discover",
        "naming",
        "library_topics",
    ],
    "grounding": [
        "numbers",
        "polarity",
        "roles",
        "strength",
        "subjects",
        "checks",
        "claim",
        "repair",
        "draft",
        "judge",
    ],
    "answers": [
        "conversation",
        "values",
        "asking",
        "asked",
        "gathering",
        "papers",
        "worth",
        "extractive",
        "headings",
        "suggest",
        "context",
        "quoting",
        "rewriting",
        "translating",
        "writing",
        "engine",
    ],
    "summaries": [
        "watcher",
        "layout",
        "gather",
        "cells",
        "sentences",
        "plan",
        "outline",
        "sections",
        "ledger",
        "coverage",
        "compose",
        "summarize",
    ],
    "checking": ["records", "reading", "weighing", "keys", "checker"],
    "api": [
        "errors",
        "events",
        "pages",
        "running",
        "dialects",
        "history",
        "tasks",
        "shapes",
        "gate",
        "chat",
        "rest",
        "tools",
        "door",
    ],
    "evaluation": [
        "questions",
        "written",
        "trec",
        "sources",
        "libraries",
        "measures",
        "judging",
        "figures",
        "report",
        "run",
        "bootstrap",
        "compare",
        "make",
        "abstention",
        "labelled",
        "claims",
        "checking",
        "projection",
    ],
    "web": [
        "events",
        "jobs",
        "markup",
        "asking",
        "checking",
        "limits_html",
        "sources_html",
        "library_html",
        "map_labels",
        "reading_html",
        "map_html",
        "summary_html",
        "welcome_html",
        "holding",
        "dialogue_html",
        "past_html",
        "frame_html",
        "check_html",
        "check_layout",
        "check_tab",
        "library_layout",
        "library_tab",
        "reading_layout",
        "reading_tab",
        "chat_layout",
        "past",
        "scoping",
        "chat_tab",
        "topics_layout",
        "reviewing",
        "topics_tab",
        "page",
        "proxies",
        "files",
        "guard",
        "access",
        "metrics",
        "health",
        "sessions",
        "serve",
        "listening",
    ],
    "cli": [
        "streams",
        "printing",
        "options",
        "asking",
        "checking",
        "evaluating",
        "papers",
        "starring",
        "safekeeping",
        "serving",
        "deploying",
        "run",
    ],
}

# Outside library → the modules that may import it.
GATES: dict[str, set[str]] = {
    "chromadb": {"library.vectors", "library.chroma_server", "library.remote_vectors"},
    "tantivy": {"library.lexicon", "text.words"},
    "sqlalchemy": {
        "library.dialects",
        "library.schema",
        "library.database",
        "library.sqlite",
        "library.postgres",
        "library.changes",
        "library.filters",
        "library.shelf",
        "library.store",
        "library.conversations",
        "library.stars",
        "library.stamps",
        "library.logins",
        "library.reviews",
        "library.placed",
        "library.works",
        "library.selection",
        "library.reading",
    },
    "filelock": {"library.access"},
    "openai": {"models.failures", "models.endpoint", "models.embed_endpoint", "models.llm"},
    "llama_index.llms": {"models.llm"},
    "llama_index.embeddings": set(),
    "llama_index.core": {
        "answers.engine",
        "search.retriever",
        "models.llm",
        "wiring",
        "opened",
        "assistant",
        "llamaindex",
    },
    "onnxruntime": {"models.embed_local"},
    "tokenizers": {"models.embed_local"},
    "tenacity": {
        "library.chroma_server",
        "models.failures",
        "models.endpoint",
        "intake.services.client",
    },
    "httpx": {
        "library.chroma_server",
        "models.failures",
        "models.endpoint",
        "models.embed",
        "models.llm",
        "intake.services.client",
        "wiring",
        "opened",
        "assistant",
    },
    "pydantic": {
        "config",
        "library.conversations",
        "library.reviews",
        "api.history",
        "api.shapes",
        "api.chat",
        "api.tools",
    },
    "pydantic_settings": {"config"},
    "pylatexenc": {"text.readable", "text.manuscript_latex", "intake.readers.tex"},
    "bibtexparser": {"text.export"},
    "defusedxml": {"intake.readers.atom", "intake.readers.pubmed_xml"},
    "openpyxl": {"intake.readers.tables"},
    "rispy": {"text.export"},
    "typer": {
        "cli.options",
        "cli.asking",
        "cli.checking",
        "cli.evaluating",
        "cli.safekeeping",
        "cli.papers",
        "cli.starring",
        "cli.serving",
        "cli.deploying",
        "cli.run",
    },
    "ir_measures": {"evaluation.measures"},
    "rich": {"cli.printing"},
    "sklearn": {"topics.space", "topics.clusters", "topics.drawing"},
    "scipy": {"topics.space", "topics.clusters"},
    "threadpoolctl": {"topics.space", "models.blas"},
    "dotenv": set(),
    "gradio": {
        "web.chat_layout",
        "web.check_layout",
        "web.check_tab",
        "web.past",
        "web.scoping",
        "web.chat_tab",
        "web.events",
        "web.library_layout",
        "web.library_tab",
        "web.page",
        "web.reading_layout",
        "web.reading_tab",
        "web.serve",
        "web.topics_layout",
        "web.topics_tab",
        "web.reviewing",
    },
    "fastapi": {"web.serve", "web.files", "api.chat", "api.events", "api.rest", "api.door"},
    "starlette": {"api.door"},
    "mcp": {"api.tools", "api.door"},
    "anyio": {"api.running"},
    "uvicorn": {"web.listening"},
    "prometheus_client": {"web.metrics"},
    "markdown_it": {"text.manuscript_markdown", "web.markup", "web.summary_html"},
}


MOST_LINES = 350  # of a module
SCREEN = 50  # lines of a function
MOST_POSITIONAL = 5  # parameters


@dataclass(frozen=True, slots=True)
class Import:
    """One import of a module: what it names, and the module of ours that this is, if it is one."""

    line: int
    whole: str  # as written, with the name: "rag.library.store.Library", "numpy"
    module: tuple[str, ...] = ()  # ("library", "store"); empty for what is not ours
    name: str = ""  # "Library"; empty when a module itself is imported


def paths() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> tuple[str, ...]:
    """Return ("library", "store") for rag/library/store.py, ("library",) for its __init__."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def is_module(parts: tuple[str, ...]) -> bool:
    place = PACKAGE.joinpath(*parts)
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def is_folder(parts: tuple[str, ...]) -> bool:
    return (PACKAGE.joinpath(*parts) / "__init__.py").is_file()


@cache
def imports(path: Path) -> list[Import]:
    found: list[Import] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += (_import(node.lineno, name.name, "") for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += (_import(node.lineno, node.module, name.name) for name in node.names)
    return found


def _import(line: int, module: str, name: str) -> Import:
    whole = f"{module}.{name}" if name else module
    parts = tuple(module.split("."))
    if parts[0] != "rag":
        return Import(line, whole)
    parts = parts[1:]
    if name and is_module((*parts, name)):
        return Import(line, whole, (*parts, name))
    return Import(line, whole, parts, name)


@cache
def door(folder: tuple[str, ...]) -> frozenset[str]:
    """Return what a folder's __init__ names in __all__."""
    init = PACKAGE.joinpath(*folder) / "__init__.py"
    for node in ast.parse(init.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def floor(folder: tuple[str, ...], name: str) -> int:
    """Return how high a module stands in its folder, the package itself being ()."""
    if not folder:
        return next(i for i, rooms in enumerate(FLOORS) if name in rooms)
    return ORDER[".".join(folder)].index(name)


def faults(here: tuple[str, ...], found: Import) -> Iterator[str]:
    """Say what is wrong with an import, and what to do instead."""
    there = found.module
    if not there:
        return
    shared = 0
    while shared < min(len(here), len(there)) and here[shared] == there[shared]:
        shared += 1
    if shared == len(there):
        yield f"goes through its own folder's door; import from the module that has {found.name}"
        return
    if shared < len(here):  # a folder's own __init__ may import all that is inside
        ours, theirs = (floor(here[:shared], parts[shared]) for parts in (here, there))
        if theirs > ours:
            yield (
                f"goes up: {here[shared]} stands below {there[shared]}; hand in what it needs, or "
                "move that down"
            )
        elif theirs == ours:
            yield f"goes sideways; move what {here[shared]} and {there[shared]} share down"
    for depth in range(shared + 1, len(there) + 1):
        folder = there[:depth]
        entered = there[depth] if depth < len(there) else found.name
        if shared == len(here) or not is_folder(folder) or not entered:
            continue
        if entered not in door(folder):
            place = "/".join(("rag", *folder))
            yield f"goes past a door; name {entered} in __all__ of {place}, or do without it"


def test_every_module_has_its_place() -> None:
    folders: dict[tuple[str, ...], set[str]] = {}
    for path in paths():
        if parts := dotted(path):
            folders.setdefault(parts[:-1], set()).add(parts[-1])
    assert folders.pop(()) == set().union(*FLOORS)
    assert {".".join(folder): names for folder, names in folders.items()} == {
        folder: set(names) for folder, names in ORDER.items()
    }


@pytest.mark.parametrize("path", paths(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down_and_through_doors(path: Path) -> None:
    here = dotted(path)
    if not here:  # the public names of the package, fetched when they are used
        return
    wrong = [
        f"{path.relative_to(PACKAGE.parent)}:{found.line} imports {found.whole}: {fault}"
        for found in imports(path)
        for fault in faults(here, found)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("here", "there", "says"),
    [
        pytest.param("text.words", "library.Library", "goes up: text stands below", id="up"),
        pytest.param("answers.writing", "summaries.layout.x", "goes sideways", id="sideways"),
        pytest.param("search.query", "search.fusion.fuse", "goes up: query", id="up inside"),
        pytest.param("search.fusion", "search.Found", "own folder's door", id="own door"),
        pytest.param("answers.engine", "search.fusion.starts", "past a door", id="past a door"),
        pytest.param(
            "intake.ingest", "intake.readers.draft.finish", "past a door", id="inner door"
        ),
        pytest.param("answers.engine", "search.PaperRetriever", "", id="through the door"),
        pytest.param("search.fusion", "text.words.word_pairs", "", id="a module as door"),
        pytest.param("search.retriever", "search.fusion.starts", "", id="down inside"),
    ],
)
def test_a_wrong_import_is_told_with_what_to_do(here: str, there: str, says: str) -> None:
    module, _, name = there.rpartition(".")
    found = list(faults(tuple(here.split(".")), _import(1, f"rag.{module}", name)))
    assert [says in fault for fault in found] == ([True] if says else []), found


def test_doors_name_what_is_there() -> None:
    for path in paths():
        if (folder := dotted(path)) and is_folder(folder):
            inside = {found.name or found.module[-1] for found in imports(path) if found.module}
            defined = set(re.findall(r"^(?:def )?(\w+)(?= = |\()", path.read_text(), re.MULTILINE))
            known = {name for name in door(folder) if is_module((*folder, name))}
            assert door(folder) <= inside | defined | known, folder


@pytest.mark.parametrize("library", GATES)
def test_outside_libraries_come_in_through_one_gate(library: str) -> None:
    users = {
        ".".join(dotted(path))
        for path in paths()
        for found in imports(path)
        if found.whole == library or found.whole.startswith(f"{library}.")
    }
    assert users <= GATES[library], (
        f"{', '.join(sorted(users - GATES[library]))} imports {library}; use what "
        f"{', '.join(sorted(GATES[library])) or 'no module'} makes of it"
    )


@pytest.mark.parametrize("path", paths(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_are_of_a_size_to_live_in(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MOST_LINES, "split it where the seam is"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            name, given = f"{path.name}:{node.lineno} {node.name}", node.args
            assert (node.end_lineno or 0) - node.lineno < SCREEN, f"{name} is longer than a screen"
            taken = [one.arg for one in (*given.posonlyargs, *given.args)]
            is_command = path.parent.name == "cli"  # called by name only, by typer
            few = len([one for one in taken if one not in ("self", "cls")]) <= MOST_POSITIONAL
            assert few or is_command, f"{name}: make some of its parameters keyword-only"


def test_the_guide_to_the_house_is_true() -> None:
    guide = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+(?:/\w+)+\.py|\w+\.py)`", guide))
    known = {str(path.relative_to(PACKAGE)) for path in paths()} | {path.name for path in paths()}
    assert {name.removeprefix("rag/") for name in named if "tests/" not in name} <= known
    table = guide[guide.index("| line |") : guide.index("### How a question")]
    lines = re.findall(r"^\| (\d+) \| ([^|]+)\|", table, flags=re.MULTILINE)
    drawn = {room: int(line) for line, rooms in lines for room in re.findall(r"`(\w+)/?`", rooms)}
    assert set(drawn) == set().union(*FLOORS) - {"__main__"}
    for room, line in drawn.items():
        for other, below in drawn.items():
            assert below >= line or floor((), other) < floor((), room), (room, other)


def test_the_environment_is_read_in_one_room() -> None:
    readers = {dotted(p) for p in paths() if re.search(r"\bos\.(environ|getenv)", p.read_text())}
    assert readers == {("config",)}


@pytest.mark.parametrize("path", paths(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_first_line_says_the_purpose(path: Path) -> None:
    purpose = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert purpose
    assert purpose.split("\n")[0].endswith(".")


def test_the_error_tree_in_the_docstring_is_the_real_one() -> None:
    text = rag.errors.__doc__ or ""
    drawn = set(re.findall(r"(\w+Error)\b", text))
    real = {name for name in vars(rag.errors) if name.endswith("Error")}
    assert drawn == real
    assert real <= set(rag.__all__)
