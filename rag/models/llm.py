"""The model that writes: any OpenAI-compatible chat endpoint, through LlamaIndex's OpenAILike."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rag.config import Settings
from rag.errors import ModelDownError, ModelError
from rag.models.endpoint import Endpoint

if TYPE_CHECKING:
    import httpx
    import openai
    from llama_index.llms.openai_like import OpenAILike

ANSWER_TOKENS = 1_200  # kept free in the window for the reply
MAX_REPLY = 20_000  # characters; four times what ANSWER_TOKENS can be
REST = 30.0  # seconds


@dataclass(slots=True)
class Reply:
    """A reply under way: iterate it to stream, then read ``text`` and what it cost.

    Read inside ``with``, a failure is told in ``failure`` instead of raised, but for one that ends
    everything (a refused key); and the model stops when the block is left, however that happens.
    """

    _deltas: Generator[tuple[str, int, int], None, None]
    text: str = ""
    failure: str = ""
    input_tokens: int = 0
    output_tokens: int = 0

    def __iter__(self) -> Iterator[str]:
        """Yield the text as it comes.

        Raises:
            ModelError: the endpoint failed; what came before is in ``text``.
        """
        for delta, tokens_in, tokens_out in self._deltas:
            self.input_tokens = tokens_in or self.input_tokens
            self.output_tokens = tokens_out or self.output_tokens
            if delta:
                self.text += delta
                yield delta

    def read(self) -> str:
        """Read the reply to its end and return the text.

        Raises:
            ModelError: as iterating does.
        """
        for _ in self:
            pass
        return self.text

    def close(self) -> None:
        """Stop the model: what it would still have written is not read."""
        self._deltas.close()

    def __enter__(self) -> Reply:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Stop the model, and keep what failed."""
        self.close()
        if not isinstance(error, ModelError) or error.ends_everything:
            return False
        self.failure = str(error)
        return True


class ChatModel:
    """A chat model behind an endpoint. Nothing is imported or sent before the first reply.

    After a failure that will last (no connection, no sign of life, a broken server) the endpoint
    is left alone for ``REST`` seconds: requests fail at once, so that a dead endpoint costs one
    timeout and not one a question.
    """

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        *,
        window: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.window = window
        self._endpoint = endpoint
        self._clock = clock
        self._rests_until = float("-inf")
        self._latest = threading.local()  # the response to this thread's newest request

    def reply(self, system: str, user: str) -> Reply:
        """Ask the model; the request goes out when the reply is first read."""
        return Reply(self._guarded(system, user))

    @property
    def url(self) -> str:
        """The endpoint's address."""
        return self._endpoint.url

    @cached_property
    def llm(self) -> OpenAILike:
        """The LlamaIndex model, for use in other LlamaIndex programs."""
        from llama_index.llms.openai_like import OpenAILike

        return OpenAILike(
            model=self.name,
            api_base=self._endpoint.url,
            api_key=self._endpoint.key or "none",
            is_chat_model=True,
            context_window=self.window,
            max_tokens=ANSWER_TOKENS,
            timeout=self._endpoint.timeout,
            max_retries=0,  # the endpoint's attempts() retry; LlamaIndex's own would multiply
            openai_client=self._client,
            additional_kwargs={"stream_options": {"include_usage": True}},
        )

    def close(self) -> None:
        """Close the connections."""
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> openai.OpenAI:
        return self._endpoint.client(lambda response: setattr(self._latest, "response", response))

    def _guarded(self, system: str, user: str) -> Generator[tuple[str, int, int], None, None]:
        rest = self._rests_until - self._clock()
        if rest > 0:
            raise ModelDownError(
                f"the endpoint {self.url} failed a moment ago; it is asked again in {rest:.0f} s"
            )
        try:
            yield from self._stream(system, user)
        except ModelDownError as error:
            if error.lasting:
                self._rests_until = self._clock() + REST
            raise

    def _stream(self, system: str, user: str) -> Generator[tuple[str, int, int], None, None]:
        from llama_index.core.llms import ChatMessage, MessageRole

        messages = [
            ChatMessage(role=MessageRole.SYSTEM, content=system),
            ChatMessage(role=MessageRole.USER, content=user),
        ]
        deadline = self._clock() + self._endpoint.timeout
        ended, size = "", 0
        with self._endpoint.translated(self.name):
            for attempt in self._endpoint.attempts():
                with attempt:
                    parts = iter(self.llm.stream_chat(messages))
                    first = next(parts, None)  # the request goes out here
            # openai 2.54's stream is in a reference cycle: left alone, a reply that is stopped goes
            # on until the garbage collector comes by.
            with contextlib.closing(self._latest.response):
                for part in chain([first] if first is not None else [], parts):
                    counts = part.additional_kwargs
                    delta = part.delta or ""
                    ended = _finish_reason(part.raw) or ended
                    size += len(delta)
                    yield (
                        delta,
                        int(counts.get("prompt_tokens") or 0),
                        int(counts.get("completion_tokens") or 0),
                    )
                    if size > MAX_REPLY:
                        raise ModelDownError(
                            f"{self.name} did not stop after {MAX_REPLY:,} characters"
                        )
                    if self._clock() > deadline:
                        raise ModelDownError(
                            f"{self.name} took more than {self._endpoint.timeout:g} s; raise "
                            "RAG_LLM_TIMEOUT if it is always that slow"
                        )
        if not ended:
            raise ModelDownError(f"{self.url} closed the stream before the reply had ended")
        if ended == "length":
            raise ModelDownError(f"{self.name} stopped at its limit of {ANSWER_TOKENS} tokens")


def _finish_reason(chunk: Any) -> str:
    """Return why a streamed chunk says that the reply ended, empty while it goes on."""
    choices = getattr(chunk, "choices", None)
    return str(choices[0].finish_reason or "") if choices else ""


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
    return ChatModel(settings.llm_model, endpoint, window=settings.llm_context)
