"""Reads papers from files: one module a format family, chosen by what the file is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from rag.errors import ReadError
from rag.intake.readers import digest, jsonl
from rag.intake.readers.draft import Reading, completed, has_derived_id, is_same_work, title_key

__all__ = [
    "SUFFIXES",
    "Reading",
    "completed",
    "has_derived_id",
    "is_same_work",
    "read",
    "title_key",
]

_READERS: dict[str, Callable[[str, str], Reading]] = {
    ".txt": digest.read,
    ".jsonl": jsonl.read,
    ".ndjson": jsonl.read,
}


SUFFIXES = tuple(_READERS)  # of the files that can be read


def read(path: Path) -> Iterator[Reading]:
    """Read a file, or every known file below a folder in name order, one ``Reading`` each.

    A file that cannot be used at all gives a ``Reading`` with a problem and no papers, so that one
    bad file of many does not stop the rest.

    Raises:
        ReadError: the path itself is missing, a folder that cannot be listed or holds no known
            file, or a single file of a kind that is not known.
    """
    if path.is_dir():
        yield from _read_folder(path)
        return
    if not path.exists():
        raise ReadError(f"{path} does not exist; check the spelling")
    if path.suffix.lower() not in _READERS:
        known = ", ".join(sorted(_READERS))
        raise ReadError(f"{path} is of no known kind; readable are {known}")
    if not path.is_file():
        raise ReadError(f"{path} is not a plain file; copy what it gives into one")
    yield _read_file(path)


def _read_folder(folder: Path) -> Iterator[Reading]:
    try:
        files = sorted(entry for entry in folder.rglob("*") if entry.is_file())
    except OSError as error:
        why = error.strerror
        raise ReadError(f"{folder} cannot be listed ({why}); check its rights") from error
    known = [entry for entry in files if entry.suffix.lower() in _READERS]
    if not known:
        raise ReadError(f"{folder} holds no readable file ({', '.join(sorted(_READERS))})")
    for entry in known:
        yield _read_file(entry)


def _read_file(path: Path) -> Reading:
    try:
        data = path.read_bytes()
    except OSError as error:
        return Reading.failed(path, f"cannot be read ({error.strerror}); check its rights")
    if not data.strip():
        return Reading.failed(path, "is empty")
    if b"\x00" in data[:8192] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Reading.failed(path, "is a binary file, not text")
    try:
        text = _decode(data)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return Reading.failed(path, "is not UTF-8 text; save it as UTF-8", line=line)
    return _READERS[path.suffix.lower()](text, str(path))


def _decode(data: bytes) -> str:
    """Decode UTF-8 with or without a byte order mark, or UTF-16 with one."""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if utf16 else "utf-8-sig")
