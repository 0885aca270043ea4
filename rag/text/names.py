"""What is written like a name, what like a figure, and what a title calls its work. Pure.

One home for these, so that a name is a name everywhere; `tests/text/test_names.py` is their table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# A word with its hyphens, and a dot only between digits: "ViT-B", "Qwen2.5-VL"; not "methods.Our".
_TOKEN = re.compile(r"[\w-]+(?:(?<=\d)\.(?=\d)[\w-]+)*")
# "224x224", "8x3x3": the size of something; not "8x7B".
_SIZE = re.compile(r"\d+(?:x\d+)+", re.IGNORECASE)
# "WebVid-2M", "ViT-B", "8-bit"; not "pre-training".
_HYPHENATED = re.compile(r"\b(?=[\w-]*[A-Z\d])\w+(?:-\w+)+\b")
# The 3 of "3 percent" and of "(3)"; not that of "LVD-3M", "ViT-B/3", "V3" or "0.3".
_FIGURE = re.compile(r"(?<![\w./-])\d")
# "RepQ-ViT", "M$^{3}$ViT", "SAM 2", "VideoMAE V2"; not "A survey".
_ONE_WORD = re.compile(r"[\w&$^{}.+-]{2,30}(?: V?\d{1,2})?")
_LONGEST_HEAD = 40  # characters; a longer start of a title is no name


def is_name(token: str) -> bool:
    """Whether a token is written like a name: with a capital or a digit after its first letter.

    ViT, K400, X3D, 3D-LLM and Text-to-Video are; Video, 3D, 8-bit, 224x224 and 2024 are not.
    """
    if token[1:].islower() and token.isalpha():  # most are like this
        return False
    first = next((place for place, char in enumerate(token) if char.isalpha()), len(token))
    inside = token[first + 1 :]
    return any(char.isupper() or char.isdigit() for char in inside) and not _SIZE.fullmatch(token)


def names_in(text: str, *, capitalised: bool = False) -> list[str]:
    """Return the tokens of a text that are written like names, in order, repeated as they stand.

    ``capitalised`` takes those with a capital first letter too, but where a sentence begins.
    """
    return [
        match.group()
        for match in _TOKEN.finditer(text)
        if is_name(match.group())
        or (capitalised and match.group()[0].isupper() and _goes_on(text[: match.start()]))
    ]


def hyphenated_names(text: str) -> Iterator[str]:
    """Yield the hyphenated words of a text with a capital or a digit anywhere.

    More than ``names_in`` gives ("Pre-training", "8-bit"): they are looked for as phrases, and for
    words that stand together anyhow that costs nothing.
    """
    yield from _HYPHENATED.findall(text)


def has_figure(text: str) -> bool:
    """Whether a text has a number that is no part of a name."""
    return bool(_FIGURE.search(text))


def title_parts(title: str) -> tuple[str, str]:
    """Split a title into what it calls its work and what it says of it (the part after a colon).

    The first is empty where a title has no colon, or a long text before it: it is all claim then.
    A colon parts only with a space behind it, or behind a name of one word.
    """
    head, colon, claim = title.partition(":")
    head, spaced = head.strip(), claim[:1].isspace()
    if not (colon and claim.strip()) or len(head) > _LONGEST_HEAD:
        return "", title
    if not spaced and (claim.startswith("//") or not _ONE_WORD.fullmatch(head)):
        return "", title
    return head, claim.strip()


def title_name(title: str) -> str:
    """Return the name that a title gives its method ("SAM 2"), or nothing.

    Narrower than the head of ``title_parts``, which may be several words ("Masked autoencoders"):
    questions are made of it ("What does SAM 2 propose?").
    """
    head, _ = title_parts(title)
    return head if _ONE_WORD.fullmatch(head) else ""


def short_title(title: str) -> str:
    """Return what a title calls its work, else the whole title."""
    return title_parts(title)[0] or title


def _goes_on(before: str) -> bool:
    """Whether a sentence goes on after this text, so that a capital is not its first letter."""
    rest = before.rstrip(" \t\"'“‘([")
    return bool(rest) and rest[-1] not in ".!?:;\n"
