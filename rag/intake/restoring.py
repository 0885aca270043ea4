"""Brings a library back from a backup, with its indexes built anew and nothing embedded."""

from __future__ import annotations

from pathlib import Path

from rag.intake.indexes import Indexes
from rag.intake.ingest import PATIENCE
from rag.library import Lexicon, Library, Restored, Vectors, backup
from rag.records import Progress, no_progress


def restore(
    home: Path,
    file: Path,
    *,
    url: str = "",
    force: bool = False,
    progress: Progress = no_progress,
) -> Restored:
    """Put a backup in the place of a library, and build the indexes of this folder.

    The library is on the server that ``url`` names, or in the folder ``home``.

    Raises:
        ReadError: the file is missing, damaged, or no backup; nothing has been changed then.
        InputError: there is a library already, and it is not to be replaced.
        LibraryError: the backup was made by a newer version, or the folder cannot be written.
    """
    restored = backup.restore(home, file, url=url, force=force)
    library = Library(home, url)
    vectors = Vectors(home)
    try:
        with library.writing(wait=PATIENCE):
            Indexes(library, vectors, Lexicon(home)).sync(progress)
    finally:
        vectors.close()
        library.close()
    return restored
