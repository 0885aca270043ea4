"""Opens files for their readers: plain, compressed, or in a ZIP archive; tells their encoding."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, cast

from rag.intake.readers.raw import HEAD, Fault, Source

MOST_MEMBERS = 2_000  # files of an archive that are read
MOST_BYTES = 8_000_000_000  # of one file once it is unpacked
MOST_RATIO = 300  # how much larger than packed; text is packed about 4 to 1, at most 30
_ENOUGH = 10_000_000  # bytes; below that no ratio is too high
_CHUNK = 1 << 20
_FEW = 8  # bytes; fewer with a NUL are no UTF-16
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a]")  # no text has them
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a file that is no text begins with, and what that is.
_KINDS = (
    (b"%PDF", "a PDF; export its record from where you found it"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3", "a database; export from the program that it belongs to"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file; save it as CSV"),
    (b"Rar!", "a RAR archive; unpack it"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"BZh", "a bzip2 file; unpack it"),
    (b"\xfd7zXZ", "an xz file; unpack it"),
    (b"{\\rtf", "a formatted text (RTF); save it as plain text"),
)


def opened(path: Path) -> Iterator[Source | Fault]:
    """Yield what a file holds: itself, what is packed in it, or each member of an archive.

    A part that cannot be used is a ``Fault``; none is written anywhere.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(8)
    except OSError as error:
        yield Fault(f"cannot be read ({error.strerror}); check its rights")
        return
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _members(path)
    elif start.startswith(b"\x1f\x8b"):
        yield _told(str(path), lambda: _bounded(_unzipped(path), path.stat().st_size))
    else:
        yield _told(str(path), lambda: path.open("rb"))


def held(name: str, body: bytes) -> Source | Fault:
    """Return what a reply of a service holds, under the name that messages call it."""
    return _told(name, lambda: io.BytesIO(body))


def _unzipped(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb"))  # its reader closes it


def _members(path: Path) -> Iterator[Source | Fault]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        yield Fault(f"is a broken ZIP archive ({error})")
        return
    names = {info.filename for info in members}
    if "xl/workbook.xml" in names:
        yield _workbook(path, members)
        return
    if "word/document.xml" in names:
        yield Fault("is a Word document; save it as plain text")
        return
    if len(members) > MOST_MEMBERS:
        yield Fault(f"holds {len(members):,} files (at most {MOST_MEMBERS:,} are read)")
        return
    for info in members:
        name = f"{path}!{info.filename}"
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        if any(part.startswith(".") or part == "__MACOSX" for part in parts) and ".." not in parts:
            continue  # what systems put into archives
        if ".." in parts or info.filename.startswith(("/", "\\")):
            yield Fault(f"holds {info.filename!r}, which points outside of it; not read")
        elif info.flag_bits & 1:
            yield Fault(f"holds {info.filename!r}, which is encrypted; unpack it")
        elif _is_bomb(info):
            yield Fault(
                f"holds {info.filename!r}, which unpacks to {info.file_size:,} bytes; not read"
            )
        else:
            told = _told(name, _opener(path, info))
            named = f"holds {info.filename!r}, which "
            yield replace(told, why=named + told.why) if isinstance(told, Fault) else told


def _workbook(path: Path, members: Sequence[zipfile.ZipInfo]) -> Source | Fault:
    if bomb := next(filter(_is_bomb, members), None):
        return Fault(f"is a workbook that unpacks to {bomb.file_size:,} bytes; not read")
    return Source(str(path), lambda: path.open("rb"), "xlsx")


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    """Whether a member says that it unpacks to more than is read, or than text does."""
    packed = max(info.compress_size, 1)
    return info.file_size > MOST_BYTES or (
        info.file_size > _ENOUGH and info.file_size > MOST_RATIO * packed
    )


def _opener(path: Path, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    def open_member() -> IO[bytes]:
        archive = zipfile.ZipFile(path)
        return _bounded(archive.open(info), info.compress_size, also=archive)

    return open_member


def _bounded(stream: IO[bytes], packed: int, also: zipfile.ZipFile | None = None) -> IO[bytes]:
    return cast(IO[bytes], io.BufferedReader(_Bounded(stream, packed, also)))


class _Bounded(io.RawIOBase):
    """A stream that ends when it gives much more than it should."""

    def __init__(self, stream: IO[bytes], packed: int, also: zipfile.ZipFile | None = None) -> None:
        self._stream = stream
        self._also = also
        self._left = min(MOST_BYTES, max(_ENOUGH, MOST_RATIO * packed))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise OSError(None, "unpacks to far more than text does")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        if self._also is not None:
            self._also.close()
        super().close()


def _told(name: str, open_it: Callable[[], IO[bytes]]) -> Source | Fault:
    """Tell how a file is encoded, and give its head."""
    try:
        with open_it() as stream:
            head = _read(stream, HEAD)
            if not head.strip():
                return Fault("is empty")
            for magic, kind in _KINDS:
                if head.startswith(magic):
                    return Fault(f"is {kind}")
            encoding = _encoding(head, stream)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        return Fault(f"cannot be read ({getattr(error, 'strerror', None) or error})")
    if not encoding:
        return Fault("is a binary file, not text")
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return Source(name, open_it, encoding, text)


def _encoding(head: bytes, stream: IO[bytes]) -> str:
    """Return how a file is encoded: by its byte order mark, as UTF-8, else as Windows did."""
    marked = next((name for mark, name in _BOMS if head.startswith(mark)), "")
    if marked:
        return marked
    if b"\x00" in head:
        return _wide(head)
    if _CONTROLS.search(head):
        return ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = head
    try:
        while chunk:
            decoder.decode(chunk)
            chunk = _read(stream, _CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _wide(head: bytes) -> str:
    """Return which UTF-16 a text without a mark is, by where its zeros are; nothing if neither."""
    even, odd, half = head[0::2].count(0), head[1::2].count(0), len(head) // 2
    if len(head) < _FEW:
        return ""
    if odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * half and odd < 0.1 * half else ""


def _read(stream: IO[bytes], most: int) -> bytes:
    """Read as much as there is, at most so many bytes."""
    parts: list[bytes] = []
    left = most
    while left and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
