"""What goes wrong, in the shape in which OpenAI's clients read it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from rag.errors import (
    InputError,
    LibraryError,
    LockedError,
    ModelError,
    RagError,
    ServiceError,
    UnknownPaperError,
)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Refusal(Exception):  # noqa: N818  # it is an answer too
    """A request that is not answered: HTTP status, why, and which field is at fault."""

    status: int
    message: str
    param: str | None = None
    code: str | None = None
    retry_after: int = 0  # seconds

    def headers(self) -> dict[str, str]:
        """Return the headers that go with it."""
        found = {"retry-after": str(self.retry_after)} if self.retry_after else {}
        return found | ({"www-authenticate": "Bearer"} if self.status == 401 else {})

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the body, as OpenAI's clients read it."""
        return {
            "error": {
                "message": self.message,
                "type": _TYPES.get(self.status, "server_error"),
                "param": self.param,
                "code": self.code,
                "request_id": request_id,
            }
        }


_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "invalid_request_error",
    405: "invalid_request_error",
    408: "invalid_request_error",
    409: "conflict_error",
    411: "invalid_request_error",
    413: "invalid_request_error",
    415: "invalid_request_error",
    421: "invalid_request_error",
    429: "rate_limit_error",
}
_STATUSES: tuple[tuple[type[RagError], int], ...] = (
    (UnknownPaperError, 404),
    (InputError, 400),
    (LockedError, 409),
    (LibraryError, 503),
    (ModelError, 502),
    (ServiceError, 502),
)


def refusal_of(error: Exception) -> Refusal:
    """Return an error as it is told; what nobody foresaw is logged, and tells nothing."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, RagError):
        status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
        return Refusal(status, str(error), retry_after=5 if status == 409 else 0)
    if isinstance(error, UnicodeError):
        return Refusal(400, "a text holds half of a character; send it as whole UTF-8")
    _log.error("a request failed", exc_info=error)
    return Refusal(500, "an internal error; the terminal of the server shows it")
