"""A library in one file and back: a ZIP of ``library.db`` and what is said of it.

The derived indexes are not in it: they are built anew from the vectors that are.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import time
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from rag.errors import InputError, LibraryError, ReadError, StorageError
from rag.library.access import FILE
from rag.library.database import Database
from rag.library.opening import open_database
from rag.library.schema import SCHEMA_VERSION

FORM = 1  # of the file; one of a higher number was made by a later version
_KIND = "cited-rag library"
_MANIFEST = "manifest.json"
_LONGEST = 100_000  # bytes of the manifest
_BLOCK = 1 << 20  # bytes
_COMPRESSION = 1  # of 9; vectors are half of a library and hardly shrink, whatever is tried
# What zipfile, zlib and json raise about a file that is not as it was.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    kind: str
    form: int
    schema: int
    made: str  # date and time, UTC
    papers: int
    size: int  # bytes of library.db
    sha256: str  # of library.db


@dataclass(frozen=True, slots=True)
class Backup:
    """A file that a library was written to."""

    file: str
    papers: int
    bytes: int
    made: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back from a backup; ``kept`` is the file with what was there before, if any."""

    papers: int
    made: str
    kept: str


def write(database: Database, file: Path, *, force: bool = False) -> Backup:
    """Write a library as it is at one moment, while others read and write it.

    The file appears when it is whole.

    Raises:
        InputError: the file is there already, and is not to be replaced.
        StorageError: it cannot be written.
    """
    if file.is_dir() or (file.exists() and not force):
        raise InputError(f"{file} is there already; name another file, or replace it with --force")
    with (
        _writing(file.parent),
        tempfile.TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as folder,
    ):
        copy = Path(folder) / FILE
        database.copy_to(copy)
        schema, papers = _facts(copy)
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        size = copy.stat().st_size
        manifest = Manifest(_KIND, FORM, schema, made, papers, size, _digest(copy))
        packed = Path(folder) / "packed"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as out:
            out.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=2))
            out.write(copy, FILE)
        _settle(packed)
        packed.replace(file)
        _settle(file.parent)
    return Backup(str(file), papers, file.stat().st_size, made)


def restore(home: Path, file: Path, *, url: str = "", force: bool = False) -> Restored:
    """Put a backup in the place of a library, in ``home`` or on the server that ``url`` names.

    Who reads the library meanwhile goes on with it as it was or as it is then. With ``force`` what
    was there is written to a backup beside it first.

    Raises:
        ReadError: the file is missing, damaged, or no backup.
        InputError: the library has papers or conversations, and is not to be replaced.
        LibraryError: the backup was made by a newer version, or another process is writing.
    """
    manifest = _read_manifest(file)
    with closing(open_database(home, url)) as database:
        if database.read_only:
            raise database.unwritable()
        if database.holds_something() and not force:
            raise InputError(
                f"{database.place} holds a library already; restore into another folder (RAG_HOME)"
                ", or replace it with --force, which keeps the old one beside it"
            )
        with _writing(home), database.writing(wait=0.0):
            fresh = home / ".restore"
            shutil.rmtree(fresh, ignore_errors=True)  # what a kill may have left
            fresh.mkdir()
            try:
                _unpack(file, manifest, fresh / FILE)
                kept = _set_aside(database) if database.holds_something() else None
                database.take_over(fresh)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        _settle(home)
    return Restored(manifest.papers, manifest.made, str(kept or ""))


# -- the file ------------------------------------------------------------------------------------


def _read_manifest(file: Path) -> Manifest:
    with _reading(file), zipfile.ZipFile(file) as packed:
        if packed.getinfo(_MANIFEST).file_size > _LONGEST:
            raise ValueError("its manifest is too long")
        given: dict[str, Any] = json.loads(packed.read(_MANIFEST))
        if given["kind"] != _KIND:
            raise ValueError("it holds something else")
        if int(given["form"]) > FORM or int(given["schema"]) > SCHEMA_VERSION:
            raise LibraryError(
                f"{file} was made by a newer version of cited-rag; update this one, then restore it"
            )
        return Manifest(**{name: given[name] for name in Manifest.__slots__})


def _unpack(file: Path, manifest: Manifest, place: Path) -> None:
    """Write the library of a backup to a place, if it is what was put into it."""
    with _reading(file), zipfile.ZipFile(file) as packed, packed.open(FILE) as source:
        size, digest = 0, hashlib.sha256()
        with place.open("wb") as target:
            for block in _blocks(source):
                size += len(block)
                if size > manifest.size:
                    raise ValueError("it holds more than it says")
                digest.update(block)
                target.write(block)
        if (size, digest.hexdigest()) != (manifest.size, manifest.sha256):
            raise ValueError("its library is not the one that was put into it")
        if _facts(place) != (manifest.schema, manifest.papers):
            raise ValueError("its library is not the one that it tells of")


def _facts(place: Path) -> tuple[int, int]:
    """Return the schema and the number of papers of a file.

    Raises:
        ValueError: it is no library, or damaged.
    """
    try:
        with closing(sqlite3.connect(place)) as connection:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                raise ValueError(f"its library is damaged ({said})")
            (schema,) = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
            (papers,) = connection.execute("SELECT count(*) FROM papers").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise ValueError(f"its library cannot be read ({error})") from error
    return int(schema), int(papers)


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Say of a file that cannot be used that it is so."""
    try:
        yield
    except FileNotFoundError as error:
        raise ReadError(f"{file} does not exist; name a file that `rag backup` wrote") from error
    except _DAMAGE as error:
        why = str(error) or type(error).__name__
        raise ReadError(
            f"{file} is damaged, or no backup of a library ({why}); name another that `rag backup` "
            "wrote"
        ) from error


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written ({error.strerror or error}); free some space, check its "
            "rights, or name another place"
        ) from error


# -- the library that is there -------------------------------------------------------------------


def _set_aside(database: Database) -> Path:
    """Keep a library beside itself: as a backup, or, where it is damaged, as the files it is."""
    home, stamp = database.home, f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:4]}"
    if not database.is_shared:
        try:
            _facts(home / FILE)
        except ValueError:
            kept = home / f"before-restore-{stamp}.db"
            database.engine.dispose()
            for end in ("-wal", "-shm", ""):  # the file itself goes last
                if (part := home / f"{FILE}{end}").exists():
                    part.rename(f"{kept}{end}")
            return kept
    kept = home / f"before-restore-{stamp}.zip"
    write(database, kept)
    return kept


def _settle(place: Path) -> None:
    """Wait until a file, or what a folder lists, is on the disk."""
    if place.is_dir() and os.name == "nt":  # Windows opens no folders, and needs not
        return
    handle = os.open(place, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(place: Path) -> str:
    with place.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _blocks(source: IO[bytes]) -> Iterator[bytes]:
    while block := source.read(_BLOCK):
        yield block
