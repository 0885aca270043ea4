"""What users call: built once from the settings, passed down, and only read after that."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rag import config, embed, llm, prompts
from rag.errors import UnknownPaperError
from rag.ingest import Ingest, Progress
from rag.lexicon import Lexicon, content_words
from rag.library import Library
from rag.records import Answer, Hit, IngestReport, Paper
from rag.resources import seeds_folder
from rag.vectors import Vectors

if TYPE_CHECKING:
    import httpx
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.base.base_retriever import BaseRetriever

    from rag.engine import AnswerStream
    from rag.retrieve import PaperRetriever

_SHORT_FOLLOW_UP = 6  # content words; a longer question stands by itself


def _no_progress(_what: str, _done: int, _total: int) -> None:
    pass


class Assistant:
    """Questions and answers over one library. Safe to share between threads."""

    def __init__(
        self,
        settings: config.Settings,
        *,
        progress: Progress = _no_progress,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        config.silence_libraries()
        self.settings = settings
        self._progress = progress
        self._transport = transport
        self._library = Library(settings.home)
        self._vectors = Vectors(settings.home)
        self._lexicon = Lexicon(settings.home)
        self._getting_ready = threading.Lock()
        self._is_ready = False

    @classmethod
    def open(
        cls,
        settings: config.Settings | None = None,
        *,
        progress: Progress = _no_progress,
        transport: httpx.BaseTransport | None = None,
        first_use: bool = True,
    ) -> Assistant:
        """Open the library that the settings name, ingesting the seeds on first use.

        ``progress(what, done, total)`` is called while papers are embedded. ``transport`` stands in
        for the network of model endpoints. ``first_use=False`` leaves a new library empty.

        Raises:
            RagError: a setting, the library, or the seeds cannot be used.
        """
        assistant = cls(settings or config.load(), progress=progress, transport=transport)
        if first_use:
            assistant.ingest_seeds()
        return assistant

    def close(self) -> None:
        """Release files and connections."""
        self._vectors.close()
        self._library.close()

    def __enter__(self) -> Assistant:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    # -- asking ----------------------------------------------------------------------------------

    def ask(self, question: str, history: Sequence[Answer] = ()) -> Answer:
        """Answer a question; ``history`` is the earlier answers of the conversation, oldest first.

        Raises:
            QuestionError: the question is empty, too long, or has no word to look for.
            ModelKeyError: the endpoint refuses the key.
            LibraryError: the library cannot be used.
        """
        response: Any = self._engine.query(self._turn(question, history))
        answer: Answer = response.metadata["answer"]
        return answer

    def stream(self, question: str, history: Sequence[Answer] = ()) -> AnswerStream:
        """Answer a question piece by piece: iterate for text, then read ``.answer``.

        Raises:
            RagError: as ``ask``; those of the model come while iterating.
        """
        response: Any = self._engine.query(self._turn(question, history, streaming=True))
        stream: AnswerStream = response.metadata["answer"]
        return stream

    def search(
        self, query: str, k: int = 10, filters: Mapping[str, Any] | None = None
    ) -> list[Hit]:
        """Return the best ``k`` papers for a query, best first.

        ``filters`` may hold ``year``, ``year_from``, ``year_to``, ``venue``, ``author``,
        ``source`` and ``ids``; all must hold.

        Raises:
            QuestionError: as for ``ask``.
            InputError: an unknown filter, or ``k`` below 1.
        """
        return self.paper_retriever.find(query, k, filters=filters)

    # -- the library -----------------------------------------------------------------------------

    def ingest(self, *paths: str | Path) -> IngestReport:
        """Bring in files and folders; what is already there unchanged is left alone.

        Raises:
            ReadError: a path is missing or of no known kind; nothing has been changed then.
            LockedError: another process is writing.
        """
        return self._ingest.ingest([Path(path) for path in paths], progress=self._progress)

    def ingest_seeds(self) -> None:
        """Ingest what ``RAG_SEEDS`` names, once in a library's life."""
        seeds = self.settings.seeds
        if seeds == "" or self._library.seeded:
            return
        path = seeds_folder() if seeds is None else Path(seeds)
        self._ingest.ingest_first(path, progress=self._progress)

    def re_embed(self) -> int:
        """Embed the whole library under the present embedder; return the papers embedded."""
        return self._ingest.re_embed(progress=self._progress)

    def papers(self) -> list[Paper]:
        """Return all papers in the order they came."""
        return self._library.papers()

    def paper(self, paper_id: str) -> Paper:
        """Return one paper.

        Raises:
            UnknownPaperError: the library has no paper of this id.
        """
        paper = self._library.paper(paper_id)
        if paper is None:
            raise UnknownPaperError(f"no paper has the id {paper_id}; `rag papers` lists them")
        return paper

    def remove(self, *ids: str) -> None:
        """Remove papers; they are never cited again.

        Raises:
            UnknownPaperError: an id is not in the library; nothing has been removed then.
        """
        self._ingest.remove(ids)

    # -- for LlamaIndex programs -----------------------------------------------------------------

    def query_engine(self) -> BaseQueryEngine:
        """Return the query engine; a response's ``metadata["answer"]`` is the ``Answer``."""
        return self._engine

    def retriever(self) -> BaseRetriever:
        """Return the retriever; a node's id is its paper's."""
        return self.paper_retriever

    # -- for the doctor --------------------------------------------------------------------------

    @property
    def library(self) -> Library:
        """The library itself."""
        return self._library

    @cached_property
    def embedder(self) -> embed.Embedder:
        """What embeds papers and questions."""
        return embed.build(self.settings, transport=self._transport)

    @cached_property
    def model(self) -> llm.ChatModel | None:
        """The model that writes answers, or None when they are extractive."""
        return llm.build(self.settings, transport=self._transport)

    def make_ready(self) -> None:
        """Check the embedding's fingerprint and bring the derived indexes up to the library.

        Raises:
            FingerprintError: the library was embedded with another model.
        """
        with self._getting_ready:
            if not self._is_ready:
                self._ingest.check_fingerprint()
                self._ingest.refresh(progress=self._progress)
                self._is_ready = True

    @cached_property
    def paper_retriever(self) -> PaperRetriever:
        """Our retriever by its own type."""
        from rag.retrieve import PaperRetriever

        self.make_ready()
        return PaperRetriever(
            self._library,
            self._vectors,
            self._lexicon,
            self.embedder,
            k=self.settings.papers,
        )

    # -- wiring ----------------------------------------------------------------------------------

    @cached_property
    def _ingest(self) -> Ingest:
        return Ingest(self._library, self._vectors, self._lexicon, self.embedder)

    @cached_property
    def _engine(self) -> BaseQueryEngine:
        from rag.engine import CitedSynthesizer, query_engine

        synthesizer = CitedSynthesizer(
            self._library,
            self._lexicon,
            self.embedder,
            model=self.model,
            prompt=prompts.load("answer"),
        )
        return query_engine(self.paper_retriever, synthesizer)

    def _turn(self, question: str, history: Iterable[Answer], *, streaming: bool = False) -> Any:
        from rag.engine import Turn
        from rag.retrieve import check_question

        check_question(question)
        earlier = tuple(history)
        query = _standing_alone(question, earlier)
        return Turn(question, custom_embedding_strs=[query], history=earlier, streaming=streaming)


def _standing_alone(question: str, history: Sequence[Answer]) -> str:
    """Join a short follow-up with the question before it."""
    if not history or len(content_words(question)) >= _SHORT_FOLLOW_UP:
        return question
    return f"{history[-1].question} {question}"
