"""The library as tools of the Model Context Protocol, over stdio and HTTP.

``search`` and ``fetch`` have the shapes that ChatGPT's connectors ask for, so that what they give
can be cited there; the others give what ``rag.records`` has.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, ParamSpec

from mcp.server import MCPServer
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from rag.api.pages import Pages
from rag.assistant import Assistant
from rag.errors import RagError
from rag.records import MAX_QUERY, Paper, to_json
from rag.text.citations import address
from rag.text.readable import readable

P = ParamSpec("P")
FOUND = 10  # papers that a search returns
_READING = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_INSTRUCTIONS = (
    "A library of paper abstracts. `ask` answers a question, and every sentence of its answer "
    "cites the sentence of an abstract that it rests on; it says so when the papers do not say. "
    "`check` tells which sentences of a text the library supports or contradicts. Cite papers by "
    "their url."
)
Question = Annotated[str, Field(min_length=1, max_length=MAX_QUERY, description="in words")]
Text = Annotated[str, Field(min_length=1, max_length=20_000, description="a text to check")]
PaperId = Annotated[str, Field(min_length=1, max_length=500, description="id of a paper")]


class Result(BaseModel):
    """A paper that was found."""

    id: str
    title: str
    url: str


class Results(BaseModel):
    """The papers found, best first."""

    results: list[Result]


class Document(BaseModel):
    """A paper with its abstract."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, str]


def build(assistant: Assistant, pages: Pages) -> MCPServer:
    """Return the server with its tools over an assistant."""
    from rag import __version__

    server = MCPServer(
        "cited-rag", title="Cited papers", version=__version__, instructions=_INSTRUCTIONS
    )
    logging.getLogger("mcp").setLevel(logging.WARNING)
    tools = Tools(assistant, pages)
    for tool in (
        tools.search,
        tools.fetch,
        tools.ask,
        tools.summarize,
        tools.check,
        tools.topics,
    ):
        server.add_tool(_told(tool), annotations=_READING)
    return server


class Tools:
    """The tools over one library; what they say of themselves is what a model reads."""

    def __init__(self, assistant: Assistant, pages: Pages) -> None:
        self._assistant = assistant
        self._pages = pages

    def search(self, query: Question) -> Annotated[CallToolResult, Results]:
        """Find papers by what they say, best first."""
        hits = self._assistant.search(query, FOUND)
        results = [
            {
                "id": hit.paper.id,
                "title": readable(hit.paper.title),
                "url": self._address(hit.paper),
            }
            for hit in hits
        ]
        return _result({"results": results})

    def fetch(self, id: PaperId) -> Annotated[CallToolResult, Document]:  # noqa: A002
        """Return a paper with its abstract, by the id that search gives."""
        paper = self._assistant.paper(id)
        return _result(_document(paper, self._address(paper)))

    def ask(self, question: Question) -> CallToolResult:
        """Answer a question from the papers; every sentence cites the sentence it rests on."""
        answer = self._assistant.ask(question)
        page = self._pages.below()
        urls = {c.paper_id: c.url or page(c.paper_id) for c in answer.citations}
        listed = [
            f"[{number}] {title} {urls[paper_id]}"
            for number, paper_id, title in dict.fromkeys(
                (c.number, c.paper_id, c.title) for c in answer.citations
            )
        ]
        parts = (answer.text, answer.notice, "\n".join(listed))
        text = "\n\n".join(part for part in parts if part)
        return _result(to_json(answer) | {"urls": urls}, text)

    def summarize(self, topic: Question) -> CallToolResult:
        """Review a topic: its themes, what each paper contributes, how they compare."""
        summary = self._assistant.summarize(topic)
        return _result(to_json(summary), summary.text)

    def check(self, text: Text) -> CallToolResult:
        """Check a text sentence by sentence: supported, contradicted or not stated by the papers.

        Markdown and LaTeX are read; sentences that cite papers are checked against these.
        """
        return _result(to_json(self._assistant.check(text)))

    def topics(self) -> CallToolResult:
        """List the topics of the library, with how many papers each has."""
        found = [
            {"id": one.id, "label": one.label, "terms": one.terms, "papers": len(one.paper_ids)}
            for one in self._assistant.topics()
        ]
        return _result({"topics": found})

    def _address(self, paper: Paper) -> str:
        return address(paper) or self._pages.below()(paper.id)


def serve_stdio(assistant: Assistant, pages: Pages) -> None:
    """Serve the tools over the standard input and output, until the input ends."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:  # what is printed by mistake must not reach the wire at the end
        reconfigure(line_buffering=True)
    build(assistant, pages).run("stdio")


def _told(tool: Callable[P, CallToolResult]) -> Callable[P, CallToolResult]:
    """Let a tool tell what is wrong, in words that say what to do."""

    @wraps(tool)
    def run(*args: P.args, **kwargs: P.kwargs) -> CallToolResult:
        try:
            return tool(*args, **kwargs)
        except RagError as error:
            return CallToolResult(
                content=[TextContent(type="text", text=str(error))], is_error=True
            )

    return run


def _document(paper: Paper, url: str) -> dict[str, Any]:
    told = {
        "authors": ", ".join(paper.authors),
        "year": str(paper.year or ""),
        "venue": paper.venue,
        "doi": paper.doi,
        "arxiv_id": paper.arxiv_id,
    }
    return {
        "id": paper.id,
        "title": readable(paper.title),
        "text": readable(paper.abstract),
        "url": url,
        "metadata": {name: value for name, value in told.items() if value},
    }


def _result(value: dict[str, Any], text: str = "") -> CallToolResult:
    """Return a value as structured content, and as one item of text, the JSON unless another."""
    plain = json.loads(json.dumps(value, ensure_ascii=False))  # tuples are lists there
    text = text or json.dumps(value, ensure_ascii=False)
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=plain)
