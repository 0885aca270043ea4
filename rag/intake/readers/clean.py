"""Makes what a record says fit to keep: text without markup, years, identifiers, names. Pure."""

from __future__ import annotations

import ast
import html
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

# Tags of HTML, JATS and MathML: "<i>", "</jats:p>", "<br/>", '<a href="x">', "<!-- c -->"; not
# "p < 0.05", "a<b and c>d", "<5M".
_TAG = re.compile(
    r"<!--.*?-->|</?(?:(?:jats|mml|m|xhtml):)?[a-zA-Z][\w-]{0,30}(?:\s[^<>]{0,300})?/?>", re.DOTALL
)
_KNOWN = frozenset(
    """a abbr b bdi blockquote body br caption center cite code dd del dfn dir div dl dt em fn font
    h1 h2 h3 h4 h5 h6 head hr html i img inf ins italic kbd label li list list-item math mfrac mi
    mml mn mo monospace mover mrow msqrt mspace mstyle msub msubsup msup mtext mtable mtd mtr munder
    named-content nobr ol overline p para pre q roman s samp sans-serif sc scp sec section small
    span strike strong styled-content sub sup t table tbody td tex-math th title tr tt u ul
    underline var xref inline-formula disp-formula ext-link bold p1 abstracttext""".split()
)
_BLOCK = frozenset("p br div li sec section title tr h1 h2 h3 h4 h5 h6 list-item hr para".split())
_NOTHING = re.compile(
    r"\W*(?:nan|none|null|n\.?\s?/?\s?a\.?|nil|undefined|-++|\?++|no (?:abstract|summary|title"
    r"|author name|author id)s?(?: is| was)?(?: available| provided| supplied| given)?"
    r"|abstract (?:is )?not available|not available|unavailable|no abstract|abstract unavailable"
    r"|withheld)\W*",
    re.IGNORECASE,
)
_LONGEST_NOTHING = 100  # characters
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
# As in "https://doi.org/10.1000/x", "doi: 10.1000/x", "DOI 10.1000/x"; not "10.1".
_DOI = re.compile(r"10\.\d{1,9}/[^\s\"<>{}|\\^`]+")
# As in "arXiv:2403.05555v3", "http://arxiv.org/abs/math/0309002", "2403.05555"; not "24.03".
_ARXIV = re.compile(
    r"(?:arxiv\s*:\s*|arxiv\.org/(?:abs|pdf)/|10\.48550/arxiv\.|^)"
    r"((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d{1,3})?)(?!\d)",
    re.IGNORECASE,
)
# As in "39600001", "PMID: 39600001", "https://pubmed.ncbi.nlm.nih.gov/39600001/".
_PMID = re.compile(r"(?:^|pubmed(?:\.ncbi\.nlm\.nih\.gov)?/|pmid:?\s*)(\d{1,9})\W*$", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d|21\d\d)(?!\d)")
_HALF = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+|\x0b|\x0c")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\x80-\x9f\u200b\u2060\ufeff\u00ad]")
# "Jr.", "III", "Ph.D."
_SUFFIX = re.compile(r"(?:jr|sr|[ivx]{2,4}|ph\.?\s?d|m\.?d)\.?", re.IGNORECASE)
# As in "Svensson K", "García-Pérez M. J."; not "Wei Li", "K. Svensson", "NASA".
_INITIALS_BEHIND = re.compile(
    r"(?P<family>[^\W\d_](?=[A-Z\W\d_]*[^\W\d_A-Z][^.,]* )[^.,]*) (?P<given>(?:[A-Z]\.?[- ]?){1,4})"
)
_ORGANISATION = re.compile(
    r"\b(?:group|consortium|collaboration|team|committee|network|society|university|institute|"
    r"association|organi[sz]ation|project|initiative|study|investigators|inc|ltd|corporation)\b",
    re.IGNORECASE,
)


def text(value: object) -> str:
    """Return a text without tags and entities, white space folded, a blank line a paragraph.

    Half a surrogate pair becomes U+FFFD. A placeholder ("[No abstract available]", "NaN") is empty.
    """
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return ""
    plain = str(value)
    if "<" in plain:
        plain = _TAG.sub(_without_tag, plain)
    if "&" in plain:
        plain = html.unescape(html.unescape(plain))  # "&amp;lt;" is escaped twice
        if "<" in plain:
            plain = _TAG.sub(_without_tag, plain)
    if plain.isprintable():  # no control, no half a pair, one line: as most are
        folded = " ".join(unicodedata.normalize("NFC", plain).split())
    else:
        plain = _CONTROLS.sub("", unicodedata.normalize("NFC", _HALF.sub("\ufffd", plain)))
        paragraphs = (" ".join(part.split()) for part in _PARAGRAPH.split(plain.strip()))
        folded = "\n\n".join(part for part in paragraphs if part)
    return "" if len(folded) <= _LONGEST_NOTHING and _NOTHING.fullmatch(folded) else folded


def line(value: object) -> str:
    """Return a text on one line."""
    found = text(value)
    return " ".join(found.split()) if "\n" in found else found


def year(value: object) -> int | None:
    """Return the year in what stands where a year should, or None: "2024.0", "2019//", "n.d."."""
    if isinstance(value, bool) or value is None:
        return None
    match = _YEAR.search(str(value))
    return int(match.group(1)) if match else None


def doi(value: str) -> str:
    """Return a bare DOI, its letters as they are; nothing when there is none."""
    match = _DOI.search(html.unescape(value).replace("%2F", "/").replace("%2f", "/"))
    if not match:
        return ""
    found = match.group().rstrip(".,;:'’”")
    for opened, closed in ("()", "[]"):
        while found.endswith(closed) and found.count(closed) > found.count(opened):
            found = found[:-1]
    return found


def arxiv_id(value: str) -> str:
    """Return an arXiv id with its version, if it says one; nothing when there is none."""
    match = _ARXIV.search(value.strip())
    return match.group(1).lower() if match else ""


def pmid(value: str) -> str:
    """Return a PubMed id, digits alone; nothing when there is none."""
    match = _PMID.search(value.strip())
    return match.group(1) if match else ""


def people(names: Iterable[str], *, initials_behind: bool = False) -> tuple[str, ...]:
    """Return names as "Given Family", each once; a placeholder is nobody.

    ``initials_behind`` tells that "Svensson K" is how the source writes a name.
    """
    found = dict.fromkeys(_person(name, initials_behind) for name in names)
    found.pop("", None)
    return tuple(found)


@lru_cache(maxsize=50_000)  # who writes one paper writes others
def _person(name: str, initials_behind: bool) -> str:
    plain = line(name).strip(" ,;").removeprefix("...").removeprefix("…").strip()
    if plain.startswith("{") and plain.endswith("}"):
        plain = plain[1:-1]
    elif not _ORGANISATION.search(plain):
        plain = _given_first(plain, initials_behind)
    return "" if plain.casefold() in ("others", "et al", "et al.", "anonymous") else plain


def _given_first(name: str, initials_behind: bool) -> str:
    """Turn "van der Meer, Pieter", "Smith, Jr., John" and "Svensson KA" round."""
    if "," not in name:
        behind = _INITIALS_BEHIND.fullmatch(name) if initials_behind else None
        return f"{behind['given']} {behind['family']}" if behind else name
    family, *rest = (part.strip() for part in name.split(","))
    suffixes = [part for part in rest if _SUFFIX.fullmatch(part)]
    given = [part for part in rest if part and not _SUFFIX.fullmatch(part)]
    return " ".join([*given, family, *suffixes])


def several(values: Iterable[str]) -> tuple[str, ...]:
    """Return words of a list, each once, none empty."""
    return tuple(dict.fromkeys(plain for value in values if (plain := line(value))))


def listed(value: object) -> Sequence[str]:
    """Return a list given as one, or spelled as Python or pandas write it: "['A', 'B']"."""
    if isinstance(value, (list, tuple)):
        return [str(item) for item in value if item is not None]
    plain = line(value)
    if plain.startswith("[") and plain.endswith("]"):
        try:
            read = ast.literal_eval(plain)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return [plain]
        return [str(item) for item in read] if isinstance(read, list) else [plain]
    return [part for part in plain.split(";") if part.strip()]


def _without_tag(match: re.Match[str]) -> str:
    found = match.group()
    if found.startswith("<!--"):
        return ""
    name = re.sub(r"^</?(?:\w+:)?|[\s/>].*$", "", found, flags=re.DOTALL).lower()
    if name not in _KNOWN:
        return found
    return "\n" if name in _BLOCK else ""
