"""A library that is open, with all that is built over it: what an assistant stands on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rag import config
from rag.records import Progress, no_progress
from rag.resources import seeds_folder
from rag.wiring import Wiring

if TYPE_CHECKING:
    import httpx
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.query_engine import RetrieverQueryEngine

    from rag.grounding import Grounder
    from rag.intake.services import Services
    from rag.library import Library, Vectors
    from rag.models import ChatModel, Embedder
    from rag.search import PaperRetriever


class Opened:
    """A library and what works on it, built once from the settings. Safe to share."""

    def __init__(
        self,
        settings: config.Settings,
        *,
        progress: Progress = no_progress,
        transport: httpx.BaseTransport | None = None,
        services: Services | None = None,
    ) -> None:
        config.silence_libraries()
        self.settings = settings
        self._progress = progress
        self._parts = Wiring(settings, transport, services)

    @classmethod
    def open(
        cls,
        settings: config.Settings | None = None,
        *,
        progress: Progress = no_progress,
        transport: httpx.BaseTransport | None = None,
        services: Services | None = None,
        first_use: bool = True,
    ) -> Self:
        """Open the library that the settings name, ingesting the seeds on first use.

        ``progress(what, done, total)`` is called while papers are embedded. ``transport`` stands in
        for the network of model endpoints, ``services`` are where ``add`` fetches records.
        ``first_use=False`` leaves a new library empty.

        Raises:
            RagError: a setting, the library, or the seeds cannot be used.
        """
        given = settings or config.load()
        assistant = cls(given, progress=progress, transport=transport, services=services)
        if first_use:
            assistant.ingest_seeds()
        return assistant

    def close(self) -> None:
        """Release files and connections."""
        self._parts.close()

    def __enter__(self) -> Self:
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

    def ingest_seeds(self) -> None:
        """Ingest what ``RAG_SEEDS`` names, once in a library's life."""
        seeds = self.settings.seeds
        library = self._parts.library
        if seeds == "" or library.seeded or library.read_only:
            return
        path = seeds_folder() if seeds is None else Path(seeds)
        self._parts.ingest.ingest_first(path, progress=self._progress)

    # -- for LlamaIndex programs -----------------------------------------------------------------

    def query_engine(self) -> BaseQueryEngine:
        """Return the query engine; a response's ``metadata["answer"]`` is the ``Answer``."""
        return self._engine

    def retriever(self, *, filters: Mapping[str, Any] | None = None) -> BaseRetriever:
        """Return the retriever; a node's id is its paper's.

        With ``filters``, those of ``search``, it returns such papers alone.

        Raises:
            InputError: an unknown filter.
        """
        from rag.library import Filters
        from rag.search import FilteredRetriever

        given = Filters.parse(filters)
        found = self.paper_retriever
        return found if given is None else FilteredRetriever(found, given)

    # -- for the doctor --------------------------------------------------------------------------

    @property
    def library(self) -> Library:
        """The library itself."""
        return self._parts.library

    @property
    def vectors(self) -> Vectors:
        """The vector index of the library."""
        return self._parts.vectors

    @property
    def embedder(self) -> Embedder:
        """What embeds papers and questions."""
        return self._parts.embedder

    @property
    def model(self) -> ChatModel | None:
        """The model that writes answers, or None when they are extractive."""
        return self._parts.model

    def make_ready(self, *, thorough: bool = False) -> None:
        """Check the embedding's fingerprint and bring the derived indexes up to the library.

        ``thorough`` counts what a large index holds, too.

        Raises:
            FingerprintError: the library was embedded with another model.
        """
        self._parts.make_ready(self._progress, thorough=thorough)

    @property
    def paper_retriever(self) -> PaperRetriever:
        """Our retriever by its own type."""
        self.make_ready()
        return self._parts.retriever

    @property
    def grounder(self) -> Grounder:
        """What checks claims and repairs their citations."""
        self.make_ready()
        return self._parts.grounder

    # -- inside ----------------------------------------------------------------------------------

    @property
    def _engine(self) -> RetrieverQueryEngine:
        self.make_ready()
        return self._parts.engine
