"""The model that writes: any OpenAI-compatible chat endpoint, asked as it can be asked."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from rag.config import Settings
from rag.errors import ModelDownError, PromptTooLongError
from rag.models.abilities import TEMPERATURE, Abilities
from rag.models.budget import Budget
from rag.models.chunks import chunks
from rag.models.endpoint import Connection, Endpoint
from rag.models.refusals import Refusal, SaidError
from rag.models.reply import Part, Reply
from rag.models.thoughts import Thoughts

if TYPE_CHECKING:
    import httpx
    import openai
    from llama_index.llms.openai_like import OpenAILike

ANSWER_TOKENS = 1_200  # kept free in the window for the reply, unless RAG_LLM_REPLY says otherwise
MAX_REPLY = 20_000  # characters; four times what ANSWER_TOKENS can be
REST = 30.0  # seconds
_ROUNDS = 6  # requests that find out what an endpoint takes; the next question goes on from there


@dataclass(frozen=True, slots=True)
class _Question:
    """What a model is asked, whichever requests that takes."""

    system: str
    user: str
    schema: Mapping[str, Any] | None
    tokens: int | None
    deadline: float

    @property
    def size(self) -> int:
        """Its characters."""
        return len(self.system) + len(self.user)


@dataclass(slots=True)
class _Turn:
    """What came of one request: why it ended, what was said, what it cost."""

    ended: str = ""
    size: int = 0  # characters that are visible
    said: bool = False  # one of them is no white space
    tokens_in: int = 0
    tokens_out: int = 0


class ChatModel:
    """A chat model behind an endpoint. Nothing is imported or sent before the first reply.

    What is found out about the endpoint is kept in memory: the options it takes, its address, how
    much it reads (``window``), how much it thinks. After a failure that will last (no connection,
    no sign of life, a broken server) it is left alone for ``REST`` seconds: requests fail at once,
    so that a dead endpoint costs one timeout and not one a question.
    """

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        *,
        window: int,
        limit: int = ANSWER_TOKENS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.budget = Budget(window, limit)
        self.abilities = Abilities()
        self.connection = Connection(endpoint)
        self._holds = False  # it begins thoughts without a mark
        self._clock = clock
        self._rests_until = float("-inf")

    def reply(
        self,
        system: str,
        user: str,
        *,
        schema: Mapping[str, Any] | None = None,
        tokens: int | None = None,
    ) -> Reply:
        """Ask the model; the request goes out when the reply is first read.

        ``schema`` is a JSON schema that the reply is held to, where the endpoint can; ``tokens``
        limits the reply instead of the setting.
        """
        return Reply(self._guarded(system, user, schema, tokens))

    @property
    def url(self) -> str:
        """The endpoint's address."""
        return self.connection.endpoint.url

    @property
    def takes_schema(self) -> bool:
        """Whether the endpoint holds replies to a schema, as far as is known."""
        return self.abilities.takes("schema")

    @property
    def window(self) -> int:
        """The tokens that the model reads, prompt and reply together, as far as is known."""
        return self.budget.window

    @property
    def room(self) -> int:
        """The tokens of a prompt that leaves room for the reply."""
        return self.budget.room

    @cached_property
    def llm(self) -> OpenAILike:
        """The LlamaIndex model, for use in other LlamaIndex programs."""
        from llama_index.llms.openai_like import OpenAILike

        endpoint = self.connection.endpoint
        return OpenAILike(
            model=self.name,
            api_base=endpoint.address,
            api_key=endpoint.key or "none",
            is_chat_model=True,
            context_window=self.window,
            temperature=TEMPERATURE,
            max_tokens=self.budget.limit,
            timeout=endpoint.timeout,
            max_retries=0,
            openai_client=self.connection.client,
            additional_kwargs={"stream_options": {"include_usage": True}},
        )

    def close(self) -> None:
        """Close the connections."""
        self.connection.close()

    def _guarded(
        self, system: str, user: str, schema: Mapping[str, Any] | None, tokens: int | None
    ) -> Generator[Part, None, None]:
        rest = self._rests_until - self._clock()
        if rest > 0:
            raise ModelDownError(
                f"the endpoint {self.url} failed a moment ago; it is asked again in {rest:.0f} s"
            )
        deadline = self._clock() + self.connection.endpoint.timeout
        question = _Question(system, user, schema, tokens, deadline)
        try:
            with self.connection.translated(self.name):
                yield from self._turns(question)
        except ModelDownError as error:
            if error.lasting:
                self._rests_until = self._clock() + REST
            raise
        except PromptTooLongError as error:
            self.budget.narrow(error.room or self.window)
            raise

    def _turns(self, question: _Question) -> Generator[Part, None, None]:
        """Ask, and ask again with a higher limit while all of it goes into thinking."""
        paid_in = paid_out = 0
        while True:
            turn = yield from self._turn(question, paid_in, paid_out)
            if (
                turn.ended != "length"
                or turn.said
                or not self.budget.grow(question.size, question.tokens)
            ):
                break
            paid_in, paid_out = paid_in + turn.tokens_in, paid_out + turn.tokens_out
        self._check_end(turn, question)

    def _turn(
        self, question: _Question, paid_in: int, paid_out: int
    ) -> Generator[Part, None, _Turn]:
        """Send a request and give what is visible of its reply."""
        response, sent = self._open(question)
        turn = _Turn()
        thoughts = Thoughts(holds=self._holds)
        # Left alone, a reply that is stopped goes on until the garbage collector comes by.
        with contextlib.closing(response):
            yield Part(in_schema="response_format" in sent)
            for chunk in chunks(response.iter_lines()):
                turn.ended = chunk.ended or turn.ended
                turn.tokens_in = chunk.tokens_in or turn.tokens_in
                turn.tokens_out = chunk.tokens_out or turn.tokens_out
                yield from _parts(turn, thoughts.feed(chunk.text))
                self._check(turn, thoughts.held, question)
                if thoughts.over:
                    turn.ended = "stop"  # what follows is made up; nobody waits for it
                    break
        yield from _parts(turn, thoughts.close(cut=turn.ended == "length"))
        self._holds = self._holds or thoughts.unopened
        yield Part(
            tokens_in=turn.tokens_in and paid_in + turn.tokens_in,
            tokens_out=turn.tokens_out and paid_out + turn.tokens_out,
            read_short=self.budget.was_read_short(question.size, turn.tokens_in),
        )
        return turn

    def _open(self, question: _Question) -> tuple[httpx.Response, dict[str, Any]]:
        """Send a request, again without what the endpoint refuses; return the response, unread."""
        guess = ""
        for _ in range(_ROUNDS):
            left = question.deadline - self._clock()
            if left <= 0:
                raise self._too_slow()
            sent = self.abilities.request(
                question.system,
                question.user,
                schema=question.schema,
                tokens=self._tokens(question),
            )
            try:
                send = partial(self._send, sent=sent, seconds=left)
                return self.connection.ask(send, left), sent
            except Exception as error:
                learnt = self._learn(error, sent, question)
                if not learnt:
                    self.abilities.forgive(guess)
                    raise
                guess = learnt
        raise ModelDownError(
            f"the endpoint {self.url} refuses one option after the other "
            f"({', '.join(self.abilities.told)}); try another model or endpoint"
        )

    def _learn(self, error: Exception, sent: Mapping[str, Any], question: _Question) -> str:
        """Return what asking again without may help, by what the endpoint says; empty: nothing."""
        from rag.models import failures

        said = failures.refusal(error)
        if said is None:
            return ""
        if said.is_too_long and said.room:
            # vLLM counts the reply's limit as read: a prompt that fits needs a lower one.
            before = self._tokens(question)
            self.budget.narrow(said.room)
            now = self._tokens(question)
            return "window" if now < before and self.budget.fits(question.size, now) else ""
        return self.abilities.learn(said, sent)

    def _send(
        self, client: openai.OpenAI, *, sent: Mapping[str, Any], seconds: float
    ) -> httpx.Response:
        create: Any = client.chat.completions.with_raw_response.create
        patience = self.connection.endpoint.patience(seconds)
        response: httpx.Response = create(model=self.name, timeout=patience, **sent).http_response
        kind = response.headers.get("content-type", "")
        if "html" in kind or ("json" in kind and "stream" in sent):
            content = response.read().decode(errors="replace")
            found = Refusal.read(200, content)
            if found.is_page or found.names_no_path:
                raise SaidError(content)
            self.abilities.in_one_piece = "stream" in sent
        return response

    def _tokens(self, question: _Question) -> int:
        return self.budget.reply(question.size, question.tokens)

    def _check(self, turn: _Turn, held: int, question: _Question) -> None:
        """End a reply that goes on and on."""
        most = max(MAX_REPLY, MAX_REPLY * self.budget.limit // ANSWER_TOKENS)
        if turn.size + held > most:
            raise ModelDownError(f"{self.name} did not stop after {most:,} characters")
        if self._clock() > question.deadline:
            raise self._too_slow()

    def _check_end(self, turn: _Turn, question: _Question) -> None:
        """Raise what is wrong with how a reply ended."""
        limit = self._tokens(question)
        if not turn.ended:
            raise ModelDownError(f"{self.url} closed the stream before the reply had ended")
        if turn.ended == "content_filter":
            raise ModelDownError(
                f"the content filter of {self.url} stopped the reply; ask in other words, or set "
                "RAG_LLM_MODEL to another model"
            )
        if turn.ended != "length":
            return
        if turn.said:
            raise ModelDownError(
                f"{self.name} stopped at its limit of {limit} tokens; raise RAG_LLM_REPLY"
            )
        if self.budget.crowds(question.size):
            raise PromptTooLongError(
                f"the prompt leaves {self.name} {limit} tokens, which it used up thinking; raise "
                "RAG_LLM_CONTEXT if it reads more, and RAG_LLM_REPLY"
            )
        raise ModelDownError(
            f"{self.name} used up {limit} tokens and said nothing; raise RAG_LLM_REPLY, or set its "
            "reasoning lower"
        )

    def _too_slow(self) -> ModelDownError:
        seconds = self.connection.endpoint.timeout
        return ModelDownError(
            f"{self.name} took more than {seconds:g} s; raise RAG_LLM_TIMEOUT if it is always that "
            "slow"
        )


def _parts(turn: _Turn, heard: Iterator[str | None]) -> Generator[Part, None, None]:
    """Pass on what is visible, counted."""
    for text in heard:
        if text is None:
            turn.said = False
            yield Part(withdraws=True)
        else:
            turn.size += len(text)
            turn.said = turn.said or bool(text.strip())
            yield Part(text)


def build_model(
    settings: Settings, *, transport: httpx.BaseTransport | None = None
) -> ChatModel | None:
    """Return the model that the settings name, or None when answers are extractive."""
    if not settings.has_llm:
        return None
    endpoint = Endpoint(
        settings.openai_base_url,
        settings.openai_api_key.get_secret_value(),
        settings.llm_timeout,
        "RAG_LLM",
        transport,
    )
    return ChatModel(
        settings.llm_model, endpoint, window=settings.llm_context, limit=settings.llm_reply
    )
