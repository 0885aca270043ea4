"""The shape of the code: imports go downward, and each outside library has one door."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import rag.errors

PACKAGE = Path(__file__).parent.parent / "rag"

# From the floor up; a room may import from layers below its own, and nothing else of ours.
LAYERS: list[set[str]] = [
    {"errors", "records"},
    {"config", "resources"},
    {"prompts", "endpoint"},
    {
        "readers",
        "sentences",
        "rhetoric",
        "embed",
        "llm",
        "library",
        "vectors",
        "lexicon",
        "citations",
        "readable",
        "verify",
    },
    {"phrases"},
    {"retrieve", "ingest", "extractive", "abstain", "conversation", "suggest", "export", "topics"},
    {"grounding", "review", "layout"},
    {"drafting"},
    {"writing", "author"},
    {"compose"},
    {"engine", "summarize", "atlas"},
    {"assistant"},
    {"doctor", "evaluation"},
    {"web"},
    {"cli"},
    {"__main__"},
]

# Outside library → the rooms that may import it.
GATES: dict[str, set[str]] = {
    "chromadb": {"vectors"},
    "tantivy": {"lexicon"},
    "sqlalchemy": {"library"},
    "filelock": {"library"},
    "openai": {"endpoint", "embed", "llm"},
    "llama_index.llms": {"llm"},
    "llama_index.embeddings": {"embed"},
    "llama_index.core": {"engine", "retrieve", "llm", "assistant"},
    "onnxruntime": {"embed"},
    "tokenizers": {"embed"},
    "tenacity": {"endpoint"},
    "httpx": {"endpoint", "embed", "llm", "assistant"},
    "pydantic": {"config", "readers", "library"},
    "pydantic_settings": {"config"},
    "pylatexenc": {"readable"},
    "bibtexparser": {"export"},
    "rispy": {"export"},
    "typer": {"cli"},
    "rich": {"cli"},
    "sklearn": {"topics"},
    "scipy": {"topics"},
    "threadpoolctl": {"topics"},
    "dotenv": set(),
    "gradio": {"web"},
    "fastapi": {"web"},
    "uvicorn": {"web"},
    "markdown_it": {"web"},
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


@cache
def imports(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += (f"{node.module}.{name.name}" for name in node.names)
    return found


def layer(name: str) -> int:
    return next(i for i, rooms in enumerate(LAYERS) if name in rooms)


def test_every_room_has_a_layer() -> None:
    found = {room(path) for path in modules()} - {"__init__"}
    assert found == set().union(*LAYERS)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_downward(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        return
    for name in imports(path):
        if not name.startswith("rag."):
            continue
        there = name.split(".")[1]
        known = set().union(*LAYERS)
        if there in known and there != here:
            assert layer(there) < layer(here), f"{here} imports {there}"


@pytest.mark.parametrize("library", GATES)
def test_outside_libraries_come_in_through_one_door(library: str) -> None:
    users = {
        room(path)
        for path in modules()
        for name in imports(path)
        if name == library or name.startswith(f"{library}.")
    }
    assert users <= GATES[library]


def test_the_environment_is_read_in_one_room() -> None:
    readers = {room(p) for p in modules() if re.search(r"\bos\.(environ|getenv)", p.read_text())}
    assert readers == {"config"}


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
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
