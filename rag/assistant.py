"""What users call: built once from the settings, passed down, and only read after that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rag.errors import InputError
from rag.records import (
    MAX_QUERY,
    Answer,
    Citation,
    Hit,
    Paper,
    Progress,
    Summary,
    Topic,
    no_progress,
)
from rag.text import export
from rag.turning import Turning

if TYPE_CHECKING:
    from rag.answers import AnswerStream
    from rag.checking import Check, Form
    from rag.summaries import SummaryStream


class Assistant(Turning):
    """Questions and answers over one library. Safe to share between threads."""

    # -- asking ----------------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        history: Sequence[Answer] = (),
        filters: Mapping[str, Any] | None = None,
        *,
        without: Collection[str] = (),
        extractive: bool = False,
    ) -> Answer:
        """Answer a question; ``history`` is the earlier answers of the conversation, oldest first.

        ``filters`` are those of ``search``: only such papers are looked at. ``without`` names what
        shall not be read into it: filters that the question says (``"author"``), and ``"reading"``,
        what the answers before add to it and names that are put right (``answer.read_as``).
        ``extractive`` asks no model, where one is configured.

        Raises:
            InputError: an unknown filter.
            QuestionError: the question is empty, too long, or has no word to look for.
            ModelKeyError: the endpoint refuses the key.
            LibraryError: the library cannot be used.
        """
        turn = self._turn(question, history, filters, without=without, silent=extractive)
        response: Any = self._engine.query(turn)
        answer: Answer = response.metadata["answer"]
        return answer

    def stream(
        self,
        question: str,
        history: Sequence[Answer] = (),
        filters: Mapping[str, Any] | None = None,
        *,
        without: Collection[str] = (),
        extractive: bool = False,
    ) -> AnswerStream:
        """Answer a question piece by piece: iterate for text, then read ``.answer``.

        ``without`` and ``extractive`` are those of ``ask``.

        Raises:
            RagError: as ``ask``; those of the model come while iterating.
        """
        turn = self._turn(
            question, history, filters, without=without, streaming=True, silent=extractive
        )
        response: Any = self._engine.query(turn)
        stream: AnswerStream = response.metadata["answer"]
        return stream

    def prompt(
        self,
        question: str,
        history: Sequence[Answer] = (),
        *,
        filters: Mapping[str, Any] | None = None,
    ) -> str:
        """Return the exact messages that a model would be sent for a question; sends nothing.

        Raises:
            QuestionError: as for ``ask``.
        """
        turn = self._turn(question, history, filters, silent=True)
        synthesizer, nodes = self._parts.synthesizer, self._engine.retrieve(turn)
        context, model, settings = synthesizer.context(turn, nodes), self.model, self.settings
        room = model.room if model else settings.llm_context - settings.llm_reply
        asked = synthesizer.writer.request(
            context, room=room, in_schema=model is None or model.takes_schema
        )
        return f"{asked.system}\n\n{asked.user}"

    def summarize(
        self,
        topic: str | Topic,
        *,
        filters: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> Summary:
        """Summarize a topic: its themes, what each paper contributes, how they compare.

        ``topic`` is words, or one of ``topics()``, whose own papers are then summarized.
        ``filters`` are those of ``search``: only such papers are looked at.
        ``progress(what, done, total)`` is told of the sections that a model has written.

        Raises:
            QuestionError: the topic is empty, too long, or has no word to look for.
            ModelKeyError: the endpoint refuses the key.
            InputError: an unknown filter.
            LibraryError: the library cannot be used.
        """
        return self.stream_summary(topic, filters=filters, progress=progress).summary

    def stream_summary(
        self,
        topic: str | Topic,
        *,
        filters: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> SummaryStream:
        """Summarize a topic block by block: iterate for Markdown, then read ``.summary``.

        ``.stop()`` ends it from any thread.

        Raises:
            RagError: as ``summarize``, while iterating.
        """
        from rag.summaries import SummaryStream

        self.make_ready()
        limits = self._limits(topic[:MAX_QUERY] if isinstance(topic, str) else "", filters)
        write = partial(self._parts.summarizer.write, topic, limits=limits)
        return SummaryStream(write, progress or no_progress)

    def check(
        self,
        text: str,
        *,
        form: Form | None = None,
        filters: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> Check:
        r"""Check any text, sentence by sentence, against what the library says.

        ``form`` is ``"markdown"`` (plain text too) or ``"latex"``; without it the text tells. A
        sentence that cites papers of the library (``\cite{key}``, ``[@key]``) is checked against
        these. ``filters`` are those of ``search``: all others are checked against such papers.
        ``progress`` is told before each claim; what it raises ends the check.

        Raises:
            InputError: there is no text, it is too long, or an unknown filter.
            ModelKeyError: the endpoint refuses the key.
            LibraryError: the library cannot be used.
        """
        from rag.library import Filters

        given = Filters.parse(self._resolved(filters))
        self.make_ready()
        return self._parts.checker.check(
            text, form=form, filters=given, progress=progress or no_progress
        )

    def topics(
        self, *, filters: Mapping[str, Any] | None = None, anew: bool = False
    ) -> list[Topic]:
        """Return the topics of the whole library, as they were found; every paper is in one.

        They stay: papers that come later join the nearest, and ids, labels and numbers are kept
        until ``anew`` finds them once more, the largest first. Under ``filters``, those of
        ``search``, they are the same topics with such papers alone, the largest first.

        Raises:
            InputError: an unknown filter.
            ModelKeyError: the endpoint refuses the key.
            LibraryError: the library cannot be used, or what is found ``anew`` not be stored.
        """
        from rag.library import Filters
        from rag.topics import of_papers

        given = Filters.parse(self._resolved(filters))
        self.make_ready()
        found = self._parts.topics.topics(anew=anew)
        return (
            found
            if given is None
            else of_papers(found, self._parts.library.selection.matching_ids(given))
        )

    def topics_grown(self) -> int:
        """Return how many papers have come since the topics were found."""
        return self._parts.topics.grown()

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
        found = ((paper_id, self._parts.library.paper(paper_id)) for paper_id in ids)
        return {paper_id: paper for paper_id, paper in found if paper is not None}

    def search(
        self, query: str, k: int = 10, filters: Mapping[str, Any] | None = None
    ) -> list[Hit]:
        """Return the best ``k`` papers for a query, best first.

        ``filters`` may hold ``year``, ``year_from``, ``year_to``, ``venue``, ``author``,
        ``source``, ``collection``, and ``ids`` or ``topic`` (the id or the label of one of
        ``topics()``); all must hold.

        Raises:
            QuestionError: as for ``ask``.
            InputError: an unknown filter or topic, or ``k`` below 1.
        """
        return self.paper_retriever.find(query, k, filters=self._resolved(filters))

    def similar(self, paper_id: str, k: int = 10) -> list[Hit]:
        """Return the ``k`` papers that are most like one, by its title and abstract, best first.

        Raises:
            UnknownPaperError: the library has no paper of this id.
            InputError: ``k`` below 1.
        """
        paper = self.paper(paper_id)
        text = f"{paper.title}. {paper.abstract}"[:MAX_QUERY]
        return [hit for hit in self.search(text, k + 1) if hit.paper.id != paper_id][:k]

    # -- the library -----------------------------------------------------------------------------

    def papers(self, *, filters: Mapping[str, Any] | None = None) -> list[Paper]:
        """Return all papers, or those that meet filters as in ``search``, in the order they came.

        Raises:
            InputError: an unknown filter.
        """
        from rag.library import Filters

        given, found = Filters.parse(self._resolved(filters)), self._parts.library.papers()
        return found if given is None else [paper for paper in found if given.keep(paper)]

    def paper(self, paper_id: str) -> Paper:
        """Return one paper.

        Raises:
            UnknownPaperError: the library has no paper of this id.
        """
        return self._known(paper_id)

    def warm_up(self) -> None:
        """Load all that the first question needs, so that it is answered like the second.

        Raises:
            RagError: the library cannot be searched as it is.
        """
        self._engine.retrieve(self._turn("What is the first question?", ()))
