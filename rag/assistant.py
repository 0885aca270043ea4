"""What users call: built once from the settings, passed down, and only read after that."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rag import config
from rag.answers import conversation
from rag.errors import InputError, ModelError, ModelKeyError, UnknownPaperError
from rag.intake.indexes import Indexes
from rag.intake.ingest import Ingest
from rag.library import Library
from rag.library.lexicon import Lexicon
from rag.library.vectors import Vectors
from rag.models import embed, llm, prompts
from rag.records import (
    MAX_QUERY,
    Answer,
    Citation,
    Hit,
    IngestReport,
    Paper,
    Preview,
    Progress,
    Summary,
    Topic,
    no_progress,
)
from rag.resources import seeds_folder
from rag.text import export
from rag.text.readable import without_controls
from rag.text.words import share_a_word

if TYPE_CHECKING:
    import httpx
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.query_engine import RetrieverQueryEngine

    from rag.answers.engine import AnswerStream, CitedSynthesizer, Turn
    from rag.grounding.repair import Grounder
    from rag.search.retriever import PaperRetriever
    from rag.summaries.summarize import Summarizer, SummaryStream
    from rag.topics.library_topics import Atlas

_REMEMBERED = 4  # answers that a model is told of when it rewrites a follow-up
_LONGEST_REWRITE = 500  # characters; longer is not a question


class Assistant:
    """Questions and answers over one library. Safe to share between threads."""

    def __init__(
        self,
        settings: config.Settings,
        *,
        progress: Progress = no_progress,
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
        progress: Progress = no_progress,
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
        if "embedder" in self.__dict__:
            self.embedder.close()
        if "model" in self.__dict__ and self.model is not None:
            self.model.close()
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

    def prompt(self, question: str, history: Sequence[Answer] = ()) -> str:
        """Return the exact messages that a model would be sent for a question; sends nothing.

        Raises:
            QuestionError: as for ``ask``.
        """
        turn = self._turn(question, history)
        case = self._synthesizer.case(turn, self._engine.retrieve(turn))
        system, user, _ = self._synthesizer.writer.messages(case, window=self.settings.llm_context)
        return f"{system}\n\n{user}"

    def summarize(self, topic: str | Topic, *, progress: Progress | None = None) -> Summary:
        """Review a topic: its themes, what each paper contributes, how they compare.

        ``topic`` is words, or one of ``topics()``, whose own papers are then reviewed.
        ``progress(what, done, total)`` is told of the sections that a model has written.

        Raises:
            QuestionError: the topic is empty, too long, or has no word to look for.
            ModelKeyError: the endpoint refuses the key.
            LibraryError: the library cannot be used.
        """
        return self.stream_summary(topic, progress=progress).summary

    def stream_summary(
        self, topic: str | Topic, *, progress: Progress | None = None
    ) -> SummaryStream:
        """Review a topic block by block: iterate for Markdown, then read ``.summary``.

        ``.stop()`` ends it from any thread.

        Raises:
            RagError: as ``summarize``, while iterating.
        """
        from rag.summaries.summarize import SummaryStream

        told = progress or no_progress
        return SummaryStream(lambda stopped: self._summarizer.write(topic, told, stopped))

    def topics(self) -> list[Topic]:
        """Return the topics of the whole library, the largest first; every paper is in one.

        Raises:
            ModelKeyError: the endpoint refuses the key.
            LibraryError: the library cannot be used.
        """
        self.make_ready()
        return self._atlas.topics()

    def export_summary(self, form: str, summary: Summary) -> str:
        """Write a summary as ``"markdown"``, its comparison as ``"csv"``, or what it cites.

        ``form`` is one of ``rag.summaries.layout.FORMATS``: those of ``export``, and ``"csv"``.

        Raises:
            InputError: another format.
        """
        from rag.summaries import layout

        return layout.write(form, summary, self.papers_cited(summary.citations))

    def export(self, form: export.Format, *answers: Answer) -> str:
        """Write answers as ``"markdown"``, or the papers they cite as bibliography.

        ``form`` is one of ``rag.text.export.FORMATS``: ``"markdown"``, ``"bibtex"``, ``"ris"`` and
        ``"csl-json"``. Exactly the cited papers come out, in the order of their numbers.

        Raises:
            InputError: another format.
        """
        if form not in export.FORMATS:
            raise InputError(f"no format {form!r}; known are {', '.join(export.FORMATS)}")
        return export.write(form, answers, self.papers_of(answers))

    def papers_of(self, answers: Sequence[Answer]) -> dict[str, Paper]:
        """Return the papers that answers found or cite by id, as they were when they answered.

        A cited paper that was not among the hits comes from the library; one that has been removed
        since is left out.
        """
        papers: dict[str, Paper] = {}
        for answer in answers:
            papers.update((hit.paper.id, hit.paper) for hit in answer.hits)
        cited = [c for answer in answers for c in answer.citations]
        return papers | self.papers_cited(c for c in cited if c.paper_id not in papers)

    def papers_cited(self, citations: Iterable[Citation]) -> dict[str, Paper]:
        """Return the cited papers by id as the library has them; removed ones are left out."""
        ids = dict.fromkeys(citation.paper_id for citation in citations)
        found = ((paper_id, self._library.paper(paper_id)) for paper_id in ids)
        return {paper_id: paper for paper_id, paper in found if paper is not None}

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

    def ingest(self, *paths: str | Path, progress: Progress | None = None) -> IngestReport:
        """Bring in files and folders; what is already there unchanged is left alone.

        ``progress`` is told of this ingest in place of what the assistant was opened with.

        Raises:
            ReadError: a path is missing or of no known kind; nothing has been changed then.
            LockedError: another process is writing.
        """
        return self._ingest.ingest(
            [Path(path) for path in paths], progress=progress or self._progress
        )

    def preview(self, *paths: str | Path) -> Preview:
        """Tell what ``ingest`` would do with files and folders; change nothing.

        Raises:
            ReadError: as for ``ingest``.
        """
        return self._ingest.preview([Path(path) for path in paths])

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

    def warm_up(self) -> None:
        """Load all that the first question needs, so that it is answered like the second.

        Raises:
            RagError: the library cannot be searched as it is.
        """
        self._engine.retrieve(self._turn("What is the first question?", ()))

    @cached_property
    def paper_retriever(self) -> PaperRetriever:
        """Our retriever by its own type."""
        from rag.search.retriever import PaperRetriever

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
        indexes = Indexes(self._library, self._vectors, self._lexicon)
        return Ingest(self._library, indexes, self.embedder)

    @cached_property
    def _engine(self) -> RetrieverQueryEngine:
        from rag.answers.engine import query_engine

        return query_engine(self.paper_retriever, self._synthesizer)

    @cached_property
    def _synthesizer(self) -> CitedSynthesizer:
        from rag.answers.engine import CitedSynthesizer
        from rag.answers.writing import Writer

        writer = Writer(self.model, prompts.load("answer"), self._grounder)
        return CitedSynthesizer(self._library, self._lexicon, self.embedder, writer)

    @cached_property
    def _summarizer(self) -> Summarizer:
        from rag.summaries.sections import Author
        from rag.summaries.summarize import Summarizer

        author = None
        if self.model is not None:
            outline, section = prompts.load("outline"), prompts.load("section")
            author = Author(self.model, self._grounder, outline, section)
        nearest = self._atlas.topics_at_hand
        return Summarizer(self._library, self.embedder, self.paper_retriever, author, nearest)

    @cached_property
    def _atlas(self) -> Atlas:
        from rag.topics.library_topics import Atlas

        return Atlas(self._library, self.embedder, self.model, prompts.load("topics"))

    @cached_property
    def _grounder(self) -> Grounder:
        from rag.grounding.judge import ModelJudge
        from rag.grounding.repair import Grounder

        model = self.model
        judge = (
            ModelJudge(model, prompts.load("judge"))
            if model is not None and self.settings.judge == "llm"
            else None
        )
        return Grounder(self._library, self.embedder, self.paper_retriever, judge=judge)

    def _turn(self, question: str, history: Iterable[Answer], *, streaming: bool = False) -> Turn:
        from rag.answers.engine import Turn
        from rag.search.query import check_question

        check_question(question)
        earlier = tuple(history)
        query = self._standing_alone(question, earlier)[:MAX_QUERY]
        return Turn(question, custom_embedding_strs=[query], history=earlier, streaming=streaming)

    def _standing_alone(self, question: str, history: Sequence[Answer]) -> str:
        """Return the question as it stands alone: by the model if there is one, else by rules."""
        by_rules = conversation.standing_alone(question, history)
        if self.model is None or not history or conversation.referenced(question, history):
            return by_rules
        prompt = prompts.load("rewrite")
        try:
            reply = "".join(self.model.reply(prompt.system, _rewriting(prompt, question, history)))
        except ModelKeyError:
            raise
        except ModelError:
            return by_rules
        line = " ".join(reply.split())
        told = f"{by_rules} {question} " + " ".join(f"{a.question} {a.text}" for a in history)
        fits = share_a_word(line, told) and len(line) <= _LONGEST_REWRITE
        return line if fits else by_rules


def _rewriting(prompt: prompts.Prompt, question: str, history: Sequence[Answer]) -> str:
    recent = history[-_REMEMBERED:]
    told = "\n".join(f"Q: {_line(a.question, 300)}\nA: {_line(a.text, 400)}" for a in recent)
    papers = {c.number: c.title for answer in history for c in answer.citations}
    listed = "\n".join(f"[{number}] {_line(title, 200)}" for number, title in papers.items())
    return prompt.fill(history=told, papers=listed or "none", question=_line(question, MAX_QUERY))


def _line(text: str, most: int) -> str:
    return " ".join(without_controls(text).split())[:most]
