"""Every error this package raises, as one tree grouped by what the caller can do.

RagError
├── InputError             change what was asked or given          exit code 2
│   ├── QuestionError      an empty, endless or contentless question
│   ├── ReadError          a file or folder that cannot be read
│   └── UnknownPaperError  an id the library does not hold
├── LibraryError           the data on disk                        exit code 3
│   ├── FingerprintError   embedded with another model
│   ├── LockedError        another process is writing
│   ├── StorageError       disk full, no permission, damaged file
│   ├── IndexDownError     the server of a derived index is away; answers go on from words
│   └── DamagedIndexError  a derived index; rebuilt without asking
├── ModelError             a model endpoint                        exit code 4
│   ├── ModelKeyError      the endpoint refuses the key
│   ├── UnknownModelError  the endpoint does not have the model
│   ├── PromptTooLongError the prompt is longer than the model reads
│   └── ModelDownError     unreachable, overloaded, silent or garbled
├── ServiceError           where papers are fetched from           exit code 4
└── ConfigError            a setting                               exit code 5

Every message says what to do next. "The papers do not say" is an answer, not an error.
"""

from __future__ import annotations

from typing import ClassVar


class RagError(Exception):
    """Anything this package refuses or fails to do; its text is meant for the user."""

    exit_code: ClassVar[int] = 1


class InputError(RagError):
    """What was asked or given cannot be used."""

    exit_code: ClassVar[int] = 2


class QuestionError(InputError):
    """The question is empty, too long, or has no word to look for."""


class ReadError(InputError):
    """A file or folder cannot be read."""


class UnknownPaperError(InputError):
    """The library holds no paper with this id."""


class LibraryError(RagError):
    """The library on disk cannot be used as it is."""

    exit_code: ClassVar[int] = 3


class FingerprintError(LibraryError):
    """The library was embedded with another model or chunking than the settings name."""


class LockedError(LibraryError):
    """Another process is writing to this library."""


class StorageError(LibraryError):
    """The disk is full, a folder cannot be written, or a file is damaged."""


class IndexDownError(LibraryError):
    """The server that holds a derived index does not answer; searches go on without it."""


class DamagedIndexError(LibraryError):
    """A derived index cannot be used; the search layer rebuilds it from the library."""


class ModelError(RagError):
    """A model endpoint did not do its part.

    ``ends_everything`` tells that nothing else can stand in: it goes out to whoever asked.
    """

    exit_code: ClassVar[int] = 4
    ends_everything: ClassVar[bool] = False


class ModelKeyError(ModelError):
    """The endpoint refuses the key."""

    ends_everything: ClassVar[bool] = True


class UnknownModelError(ModelError):
    """The endpoint does not offer the model that the settings name."""


class PromptTooLongError(ModelError):
    """The endpoint refuses the prompt as too long.

    ``room`` is the context that it names, in tokens, if it names one.
    """

    def __init__(self, message: str, *, room: int | None = None) -> None:
        super().__init__(message)
        self.room = room


class ModelDownError(ModelError):
    """The endpoint is unreachable, overloaded, too slow, or its reply makes no sense.

    ``lasting`` tells that the next request will very likely fare the same.
    """

    def __init__(self, message: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting


class ServiceError(RagError):
    """A service that papers are fetched from does not answer, refuses, or makes no sense."""

    exit_code: ClassVar[int] = 4


class ConfigError(RagError):
    """A setting has a value that cannot work."""

    exit_code: ClassVar[int] = 5
