"""``/api``: everything else over HTTP, in the shapes of ``rag.records``."""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Any

import fastapi
from fastapi.responses import JSONResponse

from rag.api.errors import Refusal, refusal_of
from rag.api.events import event, streamed
from rag.api.history import answers_of
from rag.api.running import Runner
from rag.api.shapes import (
    AskRequest,
    CheckRequest,
    ExportRequest,
    Failed,
    FilterSet,
    Hits,
    PapersPage,
    Removed,
    SearchRequest,
    SummarizeRequest,
)
from rag.assistant import Assistant
from rag.checking import Check
from rag.errors import RagError
from rag.library import Filters
from rag.records import (
    Answer,
    Citation,
    IngestReport,
    Paper,
    Preview,
    Summary,
    Topic,
    to_json,
)
from rag.text import export
from rag.work import Work

if TYPE_CHECKING:
    from rag.answers import AnswerStream
    from rag.summaries import SummaryStream

MOST_FILES = 50
PAGE = 100  # papers that are listed at once
FAILURES: dict[int | str, dict[str, Any]] = {
    code: {"model": Failed, "description": told}
    for code, told in {
        400: "what was sent cannot be used",
        401: "no key, or another",
        403: "the key may not write",
        404: "no such paper",
        409: "another process is writing",
        413: "too large",
        429: "too many requests; Retry-After says when",
        502: "a model's endpoint failed",
        503: "the library cannot be used",
    }.items()
}
_STREAMS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}
_KINDS = {
    "markdown": "text/markdown",
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "csl-json": "application/vnd.citationstyles.csl+json",
}
_WRITTEN: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in _KINDS.values()}}
}
Named = Annotated[str, fastapi.Path(max_length=500)]


@dataclass(slots=True)
class Rest:
    """The endpoints below ``/api`` over one library."""

    assistant: Assistant
    work: Work
    runner: Runner

    def router(self) -> fastapi.APIRouter:
        """Return them."""
        router = fastapi.APIRouter(prefix="/api", responses=FAILURES)
        post, get = router.post, router.get
        post("/search", response_model=Hits, tags=["ask"])(self.search)
        post("/ask", response_model=Answer, responses=_STREAMS, tags=["ask"])(self.ask)
        post("/summarize", response_model=Summary, responses=_STREAMS, tags=["ask"])(self.summarize)
        post("/check", response_model=Check, tags=["ask"])(self.check)
        post("/export", responses=_WRITTEN, tags=["ask"], response_class=_Written)(self.export)
        get("/papers", response_model=PapersPage, tags=["library"])(self.papers)
        get("/topics", response_model=list[Topic], tags=["library"])(self.topics)
        get("/papers/{paper_id:path}", response_model=Paper, tags=["library"])(self.paper)
        post("/ingest", response_model=IngestReport | Preview, tags=["library"])(self.ingest)
        router.delete("/papers/{paper_id:path}", response_model=Removed, tags=["library"])(
            self.remove
        )
        return router

    # -- asking ----------------------------------------------------------------------------------

    async def search(self, asked: SearchRequest) -> fastapi.Response:
        """Find papers, best first, with the reason each was found."""
        hits = await self.runner.run(self.assistant.search, asked.query, asked.k, asked.limits)
        return JSONResponse({"hits": to_json(hits)})

    async def ask(self, asked: AskRequest, request: fastapi.Request) -> fastapi.Response:
        """Answer a question from the papers; every sentence cites the sentence it rests on."""
        history = list(answers_of(asked.history))
        stream = await self.runner.run(
            self.assistant.stream,
            asked.question,
            history,
            asked.limits,
            without=asked.without,
            extractive=asked.extractive,
        )
        if asked.stream:
            return streamed(self._answer_events(request, stream))
        with self.work.under_way(), self.work.answering() as done:
            await self.runner.read(request, iter(stream))
            done(stream.answer)
        return JSONResponse(to_json(stream.answer))

    async def _answer_events(
        self, request: fastapi.Request, stream: AnswerStream
    ) -> AsyncIterator[bytes]:
        with self.work.answering() as done:
            async for one in self._events(request, stream, "answer", lambda: stream.answer):
                yield one
            if stream.is_done:
                done(stream.answer)

    async def summarize(
        self, asked: SummarizeRequest, request: fastapi.Request
    ) -> fastapi.Response:
        """Review a topic: its themes, what each paper contributes, how they compare."""
        stream = await self.runner.run(
            self.assistant.stream_summary, asked.topic, filters=asked.limits
        )
        if asked.stream:
            return streamed(self._events(request, stream, "summary", lambda: stream.summary))
        with self.work.under_way():
            await self.runner.read(request, iter(stream))
        return JSONResponse(to_json(stream.summary))

    async def _events(
        self,
        request: fastapi.Request,
        stream: AnswerStream | SummaryStream,
        name: str,
        finished: Callable[[], Answer | Summary],
    ) -> AsyncIterator[bytes]:
        """Yield a text piece by piece, and what it is at the end, as server-sent events."""
        try:
            with self.work.under_way():
                async with aclosing(self.runner.pieces(iter(stream))) as pieces:
                    async for piece in pieces:
                        yield event({"text": piece}, "text")
            yield event(to_json(finished()), name)
        except Exception as error:  # noqa: BLE001  # the stream has begun: it is told inside it
            yield event(refusal_of(error).body(request.state.request_id), "error")

    async def check(self, asked: CheckRequest, request: fastapi.Request) -> fastapi.Response:
        """Check a text sentence by sentence against what the papers say."""
        found = await self.runner.watched(
            request, self.assistant.check, asked.text, form=asked.form, filters=asked.limits
        )
        return JSONResponse(to_json(found))

    async def export(self, asked: ExportRequest) -> fastapi.Response:
        """Write answers as Markdown, or the papers they cite, or papers by their ids."""
        answers = list(answers_of(asked.answers, "answers"))
        if bool(answers) == bool(asked.ids):
            raise Refusal(400, "give answers, or ids of papers")
        if answers:
            text = await self.runner.run(self.assistant.export, asked.form, *answers)
        else:
            text = await self.runner.run(self._listed, asked)
        return fastapi.Response(text, media_type=_KINDS[asked.form])

    def _listed(self, asked: ExportRequest) -> str:
        papers = [self.assistant.paper(one) for one in dict.fromkeys(asked.ids)]
        cited = [
            Citation(number, paper.id, paper.title, "", -1, -1, "")
            for number, paper in enumerate(papers, 1)
        ]
        known = {paper.id: paper for paper in papers}
        if asked.form == "markdown":
            return "\n\n".join(export.listed(export.references(cited, known))) + "\n"
        return export.bibliography(asked.form, cited, known)

    # -- the library -----------------------------------------------------------------------------

    async def papers(
        self,
        narrowed: Annotated[FilterSet, fastapi.Depends(_of_query)],
        text: Annotated[str, fastapi.Query(max_length=300)] = "",
        start: Annotated[int, fastapi.Query(ge=0, le=10_000_000)] = 0,
        limit: Annotated[int, fastapi.Query(ge=1, le=1_000)] = PAGE,
    ) -> fastapi.Response:
        """List papers that have every word of ``text``, in the order they came."""
        filters = Filters.parse(narrowed.given())
        found, total = await self.runner.run(
            self.assistant.library.shelf.browse, text, filters, start=start, limit=limit
        )
        return JSONResponse({"papers": to_json(found), "total": total})

    async def paper(self, paper_id: Named) -> fastapi.Response:
        """Return one paper."""
        return JSONResponse(to_json(await self.runner.run(self.assistant.paper, paper_id)))

    async def topics(self) -> fastapi.Response:
        """Return the topics of the whole library, with their places on the map."""
        return JSONResponse(to_json(await self.runner.run(self.assistant.topics)))

    async def ingest(
        self,
        request: fastapi.Request,
        files: list[fastapi.UploadFile],
        collection: Annotated[str, fastapi.Form(max_length=200)] = "",
        dry_run: Annotated[bool, fastapi.Form()] = False,
    ) -> fastapi.Response:
        """Bring in files, or with ``dry_run`` tell what that would change; needs a writing key."""
        if len(files) > MOST_FILES:
            raise Refusal(400, f"at most {MOST_FILES} files at once", "files")
        with tempfile.TemporaryDirectory() as folder, self.work.under_way():
            paths = []
            for number, file in enumerate(files):
                name = PurePath(str(file.filename).replace("\\", "/")).name.strip(". \0")
                place = Path(folder, str(number))
                place.mkdir()
                paths.append(place / (name[-150:] or f"upload-{number}"))
                await self.runner.run(paths[-1].write_bytes, await file.read())
            change = self.assistant.preview if dry_run else self.assistant.ingest
            try:
                done = await self.runner.run(change, *paths, collection=collection.strip())
            except RagError as error:
                refused = refusal_of(error)
                refused.message = _at_home(refused.message, folder)
                raise refused from error
        return JSONResponse(_at_home(to_json(done), folder))

    async def remove(self, paper_id: Named, request: fastapi.Request) -> fastapi.Response:
        """Remove a paper; it is never cited again. Needs a writing key."""
        await self.runner.run(self.assistant.remove, paper_id)
        return JSONResponse({"removed": [paper_id]})


def _at_home(value: Any, folder: str) -> Any:
    """Return what is told of uploads without the folder that they were in for a moment."""
    if isinstance(value, str):
        return re.sub(rf"{re.escape(folder)}[/\\]\d+[/\\]", "", value)
    if isinstance(value, dict):
        return {name: _at_home(one, folder) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_at_home(one, folder) for one in value]
    return value


def _of_query(
    *,
    year_from: Annotated[int | None, fastapi.Query(ge=0, le=9999)] = None,
    year_to: Annotated[int | None, fastapi.Query(ge=0, le=9999)] = None,
    author: Annotated[str | None, fastapi.Query(max_length=300)] = None,
    venue: Annotated[str | None, fastapi.Query(max_length=300)] = None,
    source: Annotated[str | None, fastapi.Query(max_length=300)] = None,
    collection: Annotated[str | None, fastapi.Query(max_length=300)] = None,
) -> FilterSet:
    """Read filters from an address."""
    return FilterSet(
        year_from=year_from,
        year_to=year_to,
        author=author,
        venue=venue,
        source=source,
        collection=collection,
    )


class _Written(fastapi.Response):
    """A text in one of the forms of export."""

    media_type = None
