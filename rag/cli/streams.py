"""Output to consoles and pipes that cannot show every character: the nearest that they can."""

from __future__ import annotations

import codecs
import io
import json
import sys
import unicodedata

_HANDLER = "nearest"
_PLAIN = {
    **dict.fromkeys("‘’‚′", "'"),
    **dict.fromkeys("“”„″«»", '"'),
    **dict.fromkeys("‐‑‒–—−―─━", "-"),
    **dict.fromkeys("•●▪", "*"),
    "…": "...",
    "×": "x",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "ß": "ss",
    "æ": "ae",
    "ø": "o",
    "ł": "l",
    "Æ": "AE",
    "Ø": "O",
    "Ł": "L",
    "œ": "oe",
    "đ": "d",
    "ı": "i",
}


def prepare() -> None:
    """Let nothing that is printed fail for want of a character."""
    codecs.register_error(_HANDLER, _nearest)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def can_show(text: str) -> bool:
    """Whether stdout has every character of a text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def escaped(text: str) -> str:
    """Write JSON with escapes where stdout could not show it."""
    return text if can_show(text) else f"{json.dumps(json.loads(text), indent=2)}\n"


def escaped_lines(text: str) -> str:
    """Write JSON Lines with escapes where stdout could not show them."""
    if can_show(text):
        return text
    return "".join(f"{json.dumps(json.loads(line))}\n" for line in text.splitlines() if line)


def _nearest(error: UnicodeError) -> tuple[str, int]:
    """Stand in for characters that an encoding does not have: é is e, “ is ", 中 is ?."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(character: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    parts = unicodedata.normalize("NFKD", character)
    return parts.encode("ascii", "ignore").decode("ascii") or "?"
