"""What changes a library: files and folders, live sources, identifiers, and papers removed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag import config
from rag.errors import InputError
from rag.opened import Opened
from rag.records import IngestReport, Paper, Preview, Progress, no_progress

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.intake.services import Live
    from rag.library import Backup, Restored


class Changing(Opened):
    """A library that is open and can be changed."""

    def ingest(
        self,
        *paths: str | Path,
        collection: str = "",
        prune: bool = False,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Bring in files and folders; what is already there unchanged is left alone.

        ``"zotero:"`` is the Zotero library that the settings name, ``"zotero:Thesis"`` a collection
        of it; of these only what has changed since the last time is asked for, with ``prune`` all.

        Papers are put into ``collection``, if one is named; ``prune`` removes those that came from
        these files before and are no longer in them. ``progress`` is told of this ingest in place
        of what the assistant was opened with.

        Raises:
            ReadError: a path is missing or of no known kind; nothing has been changed then.
            InputError: Zotero has no such collection.
            ServiceError: Zotero does not answer, or refuses.
            LockedError: another process is writing.
        """
        files, live = self._sources(paths)
        return self._parts.ingest.ingest(
            files,
            live=live,
            collection=collection,
            prune=prune,
            progress=progress or self._progress,
        )

    def preview(self, *paths: str | Path, collection: str = "", prune: bool = False) -> Preview:
        """Tell what ``ingest`` would do with files and folders; change nothing.

        Raises:
            ReadError: as for ``ingest``; so are InputError and ServiceError.
        """
        files, live = self._sources(paths)
        return self._parts.ingest.preview(files, live=live, collection=collection, prune=prune)

    def add(
        self, *identifiers: str, collection: str = "", progress: Progress | None = None
    ) -> IngestReport:
        """Fetch papers by DOI, arXiv id, PubMed id, or the address of one, and bring them in.

        They are asked of Crossref and OpenAlex, arXiv, or PubMed. What is not found, or has no
        abstract, is a problem of the report and stops no other.

        Raises:
            InputError: one of them is no identifier; nothing has been sent then.
            ServiceError: nothing could be asked at all.
            LockedError: another process is writing.
        """
        live = [self._parts.by_identifier(identifiers)]
        return self._parts.ingest.ingest(
            [], live=live, collection=collection, progress=progress or self._progress
        )

    def preview_add(self, *identifiers: str, collection: str = "") -> Preview:
        """Fetch papers as ``add`` does and tell what it would do with them; change nothing.

        Raises:
            InputError: as for ``add``; so is ServiceError.
        """
        live = [self._parts.by_identifier(identifiers)]
        return self._parts.ingest.preview([], live=live, collection=collection)

    def re_embed(self) -> int:
        """Embed the whole library under the present embedder; return the papers embedded."""
        return self._parts.ingest.re_embed(progress=self._progress)

    def last_added(self) -> list[Paper]:
        """Return the papers that the last ingest brought in, so far as they are still there."""
        library = self._parts.library
        return list(library.papers_of(library.stamps.added()))

    def of_source(self, source: str) -> list[Paper]:
        """Return the papers that came from a file, by its name or by its path as it was given.

        Raises:
            InputError: no paper came from it, or files of this name in several folders.
        """
        library = self._parts.library
        named = [one for one in library.sources() if source in (one, Path(one).name)]
        if not named:
            raise InputError(f"no paper came from {source}; `rag papers --json` tells the sources")
        if len(named) > 1 and source not in named:
            raise InputError(f"several files are called {source}: {', '.join(named)}; name one")
        exact = [source] if source in named else named
        return list(library.papers_of(library.ids_from(exact)))

    def remove(self, *ids: str) -> None:
        """Remove papers; they are never cited again.

        Raises:
            UnknownPaperError: an id is not in the library; nothing has been removed then.
        """
        self._parts.ingest.remove(ids)

    def put_back(self, *papers: Paper) -> IngestReport:
        """Undo ``remove``: bring papers back as they were, with their ids and collections.

        Raises:
            LockedError: another process is writing.
        """
        return self._parts.ingest.put_back(papers)

    # -- kept safe -------------------------------------------------------------------------------

    def backup(self, file: str | Path, *, force: bool = False) -> Backup:
        """Write the library into one file, as it is at one moment; others read and write on.

        Raises:
            InputError: the file is there already; ``force`` replaces it.
            StorageError: it cannot be written.
        """
        return self._parts.library.backup(Path(file), force=force)

    @staticmethod
    def restore(
        file: str | Path,
        settings: Settings | None = None,
        *,
        force: bool = False,
        progress: Progress = no_progress,
    ) -> Restored:
        """Bring a library back from a backup, to where the settings name; embed nothing anew.

        With ``force`` it takes the place of a library, which is kept as a backup beside it.

        Raises:
            ReadError: the file is missing, damaged, or no backup; nothing has been changed then.
            InputError: there is a library already.
            LibraryError: the backup was made by a newer version, or the folder cannot be written.
            LockedError: another process is writing.
        """
        from rag.intake import restore

        given = settings or config.load()
        url = given.database_url.get_secret_value()
        return restore(given.home, Path(file), url=url, force=force, progress=progress)

    # -- inside ----------------------------------------------------------------------------------

    def _sources(self, given: Sequence[str | Path]) -> tuple[list[Path], list[Live]]:
        """Tell files and folders from Zotero libraries; a ``Path`` is always a file or a folder."""
        from rag.intake.services import PREFIX

        live = [one for one in given if isinstance(one, str) and one.lower().startswith(PREFIX)]
        files = [Path(one) for one in given if one not in live]
        unique = dict.fromkeys(one[len(PREFIX) :] for one in live)
        return files, [self._parts.zotero(collection) for collection in unique]
