"""``/v1``: chat completions as OpenAI's clients ask for them, with citations in every dialect."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal

import fastapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from rag.api import dialects
from rag.api.errors import Refusal, refusal_of
from rag.api.events import event, streamed
from rag.api.history import Given, question_and_history
from rag.api.pages import Pages
from rag.api.running import Runner
from rag.api.shapes import FilterSet
from rag.api.tasks import reply_to_task
from rag.assistant import Assistant
from rag.records import Answer, Paper, to_json
from rag.work import Work

Json = dict[str, Any]
MODELS = ("cited-rag", "cited-rag-extractive")
_MOST = 1_000  # messages of a conversation


class ChatMessage(BaseModel):
    """A message. An answer that comes back with its ``id``, or as ``rag``, keeps its numbers."""

    model_config = ConfigDict(extra="ignore")

    role: str
    content: str | list[Any] | None = None
    id: Any = None
    rag: Any = None


class Own(BaseModel):
    """What only this server knows of: which papers, and whether a list of references ends it."""

    model_config = ConfigDict(extra="forbid")

    references: bool = False
    filters: FilterSet | None = None


class StreamOptions(BaseModel):
    """What else a stream carries."""

    model_config = ConfigDict(extra="ignore")

    include_usage: bool | None = False


class ChatRequest(BaseModel):
    """A conversation whose last message is the question. What is not named here is left alone."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "model": "cited-rag",
                    "messages": [{"role": "user", "content": "How does VideoMAE V2 cut the cost?"}],
                }
            ]
        },
    )

    model: str
    messages: list[ChatMessage] = Field(min_length=1, max_length=_MOST)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    tool_choice: Any = None
    response_format: Any = None
    modalities: list[Any] | None = None
    rag: Own | None = None

    def check(self) -> None:
        """Refuse what is not done here.

        Raises:
            Refusal: another model, several answers, tools, or another form than text.
        """
        if self.model not in MODELS:
            told = f"no model {self.model!r}; there are {', '.join(MODELS)}"
            raise Refusal(404, told, "model", "model_not_found")
        if self.n not in (None, 1):
            raise Refusal(400, "there is one answer to a question; leave n out", "n")
        if (self.tools and self.tool_choice != "none") or self.functions:
            raise Refusal(400, "no tools are called here; leave them out", "tools")
        form = self.response_format
        kind = form.get("type") if isinstance(form, dict) else form
        if kind not in (None, "text"):
            told = 'answers are text; the claims and citations are under "rag" in every answer'
            raise Refusal(400, told, "response_format")
        if self.modalities and "audio" in self.modalities:
            raise Refusal(400, "answers are text", "modalities")


@dataclass(slots=True)
class Chat:
    """Answers chats over one library."""

    assistant: Assistant
    work: Work
    runner: Runner
    pages: Pages
    given: Given

    async def complete(self, asked: ChatRequest, request: fastapi.Request) -> fastapi.Response:
        """Answer a conversation, at once or as a stream."""
        asked.check()
        question, history = await self.runner.run(
            question_and_history, asked.messages, self.given, self.assistant
        )
        last = history[-1].follow_ups if history else ()
        if (reply := reply_to_task(question, last)) is not None:
            return self._told(asked, reply)
        own = asked.rag or Own()
        stream = await self.runner.run(
            self.assistant.stream,
            question,
            history,
            own.filters.given() if own.filters else None,
            extractive=asked.model == "cited-rag-extractive",
        )
        turn = _Turn(asked.model, own.references, history, self.pages.of(request))
        if asked.stream:
            has_usage = bool(asked.stream_options and asked.stream_options.include_usage)
            name = request.state.request_id
            return streamed(self._events(turn, stream, name, include_usage=has_usage))
        with self.work.under_way(), self.work.answering() as done:
            await self.runner.read(request, iter(stream))
            done(stream.answer)
        finished = await self.runner.run(self._finished, turn, stream.answer)
        return JSONResponse(finished.whole())

    async def _events(
        self, turn: _Turn, stream: Any, request_id: str, *, include_usage: bool
    ) -> AsyncIterator[bytes]:
        """Yield an answer as server-sent events."""
        yield turn.chunk({"role": "assistant", "content": ""})
        try:
            with self.work.under_way(), self.work.answering() as done:
                async with aclosing(self.runner.pieces(iter(stream))) as pieces:
                    async for piece in pieces:
                        yield turn.chunk({"content": piece})
                done(stream.answer)
            finished = await self.runner.run(self._finished, turn, stream.answer)
            for chunk in finished.last(include_usage=include_usage):
                yield chunk
        except Exception as error:  # noqa: BLE001  # the stream has begun: it is told inside it
            yield event(refusal_of(error).body(request_id))
        yield _DONE

    def _finished(self, turn: _Turn, answer: Answer) -> _Finished:
        papers = self.assistant.papers_of([*turn.history, answer])
        finished = _Finished(turn, answer, papers, self._tokens(answer))
        self.given.keep(turn.name, finished.content, answer)
        return finished

    def _tokens(self, answer: Answer) -> tuple[int, int]:
        """Return the tokens in and out; where no model counted them, those of the embedding."""
        used = answer.usage
        if used.input_tokens or used.output_tokens:
            return used.input_tokens, used.output_tokens
        count = self.assistant.embedder.count
        return count(answer.question), count(answer.text)

    def _told(self, asked: ChatRequest, text: str) -> fastapi.Response:
        """Return a text that rests on no paper, such as the title of a conversation."""
        turn = _Turn(asked.model, False, [], lambda paper_id: paper_id)
        if asked.stream:
            return streamed(_told_at_once(turn, text))
        tokens = self.assistant.embedder.count
        asked_for = sum(tokens(str(one.content or "")) for one in asked.messages)
        message = {"role": "assistant", "content": text, "refusal": None}
        return JSONResponse(turn.completion(message, asked_for, tokens(text)))


async def _told_at_once(turn: _Turn, text: str) -> AsyncIterator[bytes]:
    yield turn.chunk({"role": "assistant", "content": text})
    yield turn.chunk({}, finish="stop")
    yield _DONE


_DONE = b"data: [DONE]\n\n"


class _Turn:
    """One answer that is being given: its name, and what it goes on from."""

    def __init__(
        self,
        model: str,
        references: bool,
        history: Sequence[Answer],
        page: Callable[[str], str],
    ) -> None:
        self.name = f"chatcmpl-{uuid.uuid4().hex}"
        self.created = int(time.time())
        self.model = model
        self.references = references
        self.history = history
        self.page = page

    def chunk(self, delta: Json, *, finish: Literal["stop"] | None = None, **more: Any) -> bytes:
        """Return a chunk of a stream as an event."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return event({**self._head("chat.completion.chunk"), "choices": [choice], **more})

    def usage(self, tokens: tuple[int, int]) -> bytes:
        """Return the chunk that tells what an answer cost."""
        head = self._head("chat.completion.chunk")
        return event({**head, "choices": [], "usage": _usage(*tokens)})

    def completion(self, message: Json, given: int, said: int, **more: Any) -> Json:
        """Return a whole answer."""
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        head = self._head("chat.completion")
        return {**head, "choices": [choice], "usage": _usage(given, said), **more}

    def _head(self, kind: str) -> Json:
        return {"id": self.name, "object": kind, "created": self.created, "model": self.model}


class _Finished:
    """An answer that has been given, in the clients' words."""

    def __init__(
        self,
        turn: _Turn,
        answer: Answer,
        papers: dict[str, Paper],
        tokens: tuple[int, int],
    ) -> None:
        self._turn, self._answer, self._tokens = turn, answer, tokens
        self._sources = dialects.sources([*turn.history, answer], papers, turn.page)
        notice = f"*{answer.notice}*" if answer.notice else ""
        listed = dialects.references(answer, papers) if turn.references else ""
        self._tail = "".join(f"\n\n{part}" for part in (notice, listed) if part)

    @property
    def content(self) -> str:
        """The text, with what has to be told of it and the references behind it."""
        return self._answer.text + self._tail

    def whole(self) -> Json:
        """Return all of it at once."""
        message = {
            "role": "assistant",
            "content": self.content,
            "refusal": None,
            "annotations": self._annotations,
            "context": dialects.azure(self._answer, self._sources),
        }
        return self._turn.completion(
            message, *self._tokens, **self._beside, sources=dialects.open_webui(self._sources)
        )

    def last(self, *, include_usage: bool) -> Iterator[bytes]:
        """Yield what ends a stream. Azure's clients read nothing else beside the context."""
        if self._tail:
            yield self._turn.chunk({"content": self._tail})
        for source in dialects.open_webui(self._sources):
            yield self._turn.chunk({}, event={"type": "source", "data": source})
        yield self._turn.chunk({"annotations": self._annotations})
        yield self._turn.chunk({"context": dialects.azure(self._answer, self._sources)})
        yield self._turn.chunk({}, finish="stop", **self._beside)
        if include_usage:
            yield self._turn.usage(self._tokens)

    @property
    def _annotations(self) -> list[Json]:
        return dialects.url_citations(self._answer.text, self._sources)

    @property
    def _beside(self) -> Json:
        return {**dialects.perplexity(self._sources), "rag": to_json(self._answer)}


def _usage(given: int, said: int) -> Json:
    return {"prompt_tokens": given, "completion_tokens": said, "total_tokens": given + said}


def models(since: int) -> Json:
    """Return the list of models."""
    return {"object": "list", "data": [model(name, since) for name in MODELS]}


def model(name: str, since: int) -> Json:
    """Return one of them.

    Raises:
        Refusal: there is none of this name.
    """
    if name not in MODELS:
        told = f"no model {name!r}; there are {', '.join(MODELS)}"
        raise Refusal(404, told, "model", "model_not_found")
    return {"id": name, "object": "model", "created": since, "owned_by": "cited-rag"}
