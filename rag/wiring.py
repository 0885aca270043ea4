"""Builds the parts of one assistant, each when it is first needed, and hands them to each other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.errors import RagError
from rag.intake import Indexes, Ingest, services
from rag.library import CLOUD, ChromaServer, Lexicon, Library, RemoteVectors, Vectors
from rag.models import ChatModel, Embedder, build_embedder, build_model, load_prompt
from rag.records import Progress

if TYPE_CHECKING:
    import httpx
    from llama_index.core.query_engine import RetrieverQueryEngine

    from rag.answers import CitedSynthesizer, Rewriter, Translator
    from rag.checking import Checker
    from rag.grounding import Grounder, ModelJudge
    from rag.search import PaperRetriever, Spelling
    from rag.summaries import Summarizer
    from rag.topics import LibraryTopics

_LOG = logging.getLogger(__name__)
_LONGEST_CARE = 5.0  # seconds that closing waits for an index that is being brought up


class Wiring:
    """All parts over one library. What is heavy is imported by the part that needs it."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.BaseTransport | None,
        places: services.Services | None = None,
    ) -> None:
        self.settings = settings
        self._places = places or services.Services()
        self.library = Library(settings.home, settings.database_url.get_secret_value())
        self._transport = transport
        self._getting_ready = threading.Lock()
        self._ready_for: int | None = None
        self._caring: threading.Thread | None = None

    def close(self) -> None:
        """Release files and connections."""
        if self._caring is not None:
            self._caring.join(_LONGEST_CARE)
        if "embedder" in self.__dict__:
            self.embedder.close()
        for name in ("model", "judging_model"):
            if (model := self.__dict__.get(name)) is not None:
                model.close()
        if "client" in self.__dict__:
            self.client.close()
        if "vectors" in self.__dict__:
            self.vectors.close()
        self.library.close()

    def make_ready(self, progress: Progress, *, thorough: bool = False) -> None:
        """Check the embedding's fingerprint and bring the derived indexes up to the library.

        ``thorough`` counts what a large index holds, too.

        Raises:
            FingerprintError: the library was embedded with another model.
        """
        with self._getting_ready:
            # Who writes a library keeps its indexes true; a copy of them, and those of one on a
            # server, are kept true here.
            is_shared = self.library.is_shared
            state = self.library.sequence if self.library.read_only or is_shared else 0
            if self._ready_for != state or thorough:
                first = self._ready_for is None
                self.ingest.check_fingerprint()
                done = not is_shared or self.ingest.follow(progress=progress)
                if first or thorough or not is_shared:
                    self.ingest.refresh(progress=progress, thorough=thorough)
                self._ready_for = state if done else -1
            elif self.vectors.wants_care() and not self._is_caring:
                # Aside, so that nobody waits: until it is done, answers go on from words.
                self._caring = threading.Thread(target=self._care, name="index", daemon=True)
                self._caring.start()

    @property
    def _is_caring(self) -> bool:
        return self._caring is not None and self._caring.is_alive()

    def _care(self) -> None:
        """Bring a vector index whose server was away up to the library."""
        try:
            self.vectors.look()
            self.ingest.refresh()
            self.vectors.note_care(done=self.ingest.indexes.are_true())
        except RagError as error:
            self.vectors.note_care(done=False)
            _LOG.info("%s", error)

    # -- models ----------------------------------------------------------------------------------

    @cached_property
    def embedder(self) -> Embedder:
        """What embeds papers and questions."""
        return build_embedder(self.settings, transport=self._transport)

    @cached_property
    def model(self) -> ChatModel | None:
        """The model that writes answers, or None when they are extractive."""
        return build_model(self.settings, transport=self._transport)

    # -- the library and the search in it ----------------------------------------------------------

    @cached_property
    def vectors(self) -> Vectors:
        """The vector index: on a server if the settings name one, else beside the library."""
        given = self.settings
        if not (given.chroma_url or given.has_chroma_cloud):
            return Vectors(self.library.derived)
        place = ChromaServer(
            given.chroma_url or CLOUD,
            given.headers_of_chroma,
            given.chroma_tenant,
            given.chroma_database,
            is_cloud=given.has_chroma_cloud,
        )
        return RemoteVectors(place, lambda: self.library.identity)

    @cached_property
    def lexicon(self) -> Lexicon:
        """The word index."""
        return Lexicon(self.library.derived)

    @cached_property
    def ingest(self) -> Ingest:
        """What brings papers in."""
        indexes = Indexes(self.library, self.vectors, self.lexicon)
        return Ingest(self.library, indexes, self.embedder)

    @cached_property
    def client(self) -> services.Client:
        """What asks services for records."""
        from rag import __version__

        return services.Client(f"cited-rag/{__version__}", mailto=self.settings.mailto)

    def by_identifier(self, identifiers: Sequence[str]) -> services.Live:
        """Return the papers that identifiers name, to be fetched when they are read.

        Raises:
            InputError: one of them is none.
        """
        return services.ByIdentifier.of(self.client, self._places, identifiers)

    def zotero(self, collection: str) -> services.Live:
        """Return the papers of the Zotero library that the settings name, or of a collection.

        Raises:
            ConfigError: a key without a library.
        """
        given = self.settings
        key = given.zotero_key.get_secret_value()
        place = services.Zotero(given.zotero_url, key, given.zotero_library)
        return place.read_by(self.client, collection)

    @cached_property
    def retriever(self) -> PaperRetriever:
        """What finds papers; the indexes must have been made ready."""
        from rag.search import ModelReranker, PaperRetriever

        reranker = None
        if self.settings.rerank == "llm" and self.model is not None:
            reranker = ModelReranker(self.model, load_prompt("rerank"))
        return PaperRetriever(
            self.library,
            self.vectors,
            self.lexicon,
            self.embedder,
            k=self.settings.papers,
            reranker=reranker,
        )

    @cached_property
    def topics(self) -> LibraryTopics:
        """What finds the topics of the library."""
        from rag.topics import LibraryTopics

        return LibraryTopics(self.library, self.embedder, self.model, load_prompt("topics"))

    @cached_property
    def checker(self) -> Checker:
        """What checks any text against the library."""
        from rag.checking import Checker

        model = self.judge.model.name if self.judge else ""
        return Checker(self.grounder, self.judge, model)

    # -- answers and summaries ---------------------------------------------------------------------

    @cached_property
    def rewriter(self) -> Rewriter:
        """What puts a follow-up as it stands alone."""
        from rag.answers import Rewriter

        return Rewriter(self.model, load_prompt("rewrite"))

    @cached_property
    def spelling(self) -> Spelling:
        """What puts misspelt names right."""
        from rag.search import Spelling

        return Spelling(self.library, self.lexicon)

    @cached_property
    def translator(self) -> Translator:
        """What puts a question into the language of the papers."""
        from rag.answers import Translator

        return Translator(self.model, load_prompt("translate"), self.library)

    @cached_property
    def grounder(self) -> Grounder:
        """What checks claims and repairs their citations."""
        from rag.grounding import Grounder

        return Grounder(self.library, self.embedder, self.retriever)

    @cached_property
    def judge(self) -> ModelJudge | None:
        """Who has the last word on claims: a model of its own, the one that writes, or none."""
        from rag.grounding import ModelJudge

        settings = self.settings
        model = None if settings.judge == "rules" else self.model
        if settings.judge != "rules" and (settings.judge_model or settings.judge_base_url):
            model = self.judging_model
        return ModelJudge(model, load_prompt("judge")) if model else None

    @cached_property
    def judging_model(self) -> ChatModel | None:
        """The model that judges where the settings name another than the one that writes."""
        settings = self.settings
        named = {
            "llm_model": settings.judge_model or settings.llm_model,
            "openai_base_url": settings.judge_base_url or settings.openai_base_url,
        }
        return build_model(settings.model_copy(update=named), transport=self._transport)

    @cached_property
    def synthesizer(self) -> CitedSynthesizer:
        """What writes cited answers."""
        from rag.answers import CitedSynthesizer, Writer

        writer = Writer(self.model, load_prompt("answer"), self.grounder, self.judge)
        return CitedSynthesizer(self.library, self.retriever, writer)

    @cached_property
    def engine(self) -> RetrieverQueryEngine:
        """Retriever and synthesizer, joined."""
        from rag.answers import query_engine

        return query_engine(self.retriever, self.synthesizer)

    @cached_property
    def summarizer(self) -> Summarizer:
        """What writes cited summaries."""
        from rag.summaries import Author, Summarizer

        author = None
        if self.model is not None:
            outline, section = load_prompt("outline"), load_prompt("section")
            author = Author(self.model, self.grounder, outline, section, self.judge)
        nearest = self.topics.topics_at_hand
        return Summarizer(self.library, self.embedder, self.retriever, author, nearest)
