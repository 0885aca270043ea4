"""An answer's citations in every form that clients read. Pure.

``url_citation`` annotations are OpenAI's, ``citations`` and ``search_results`` Perplexity's,
``context`` Azure's, ``sources`` and ``event`` Open WebUI's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.records import Answer, Citation, Paper
from rag.text import export
from rag.text.citations import address

Json = dict[str, Any]
# "[3]"; not "[3, 4]", "[a]".
_MARKER = re.compile(r"\[(\d{1,4})\]")
REFERENCES = "**References**"
MOST = 500  # papers that a conversation may number
UNKNOWN = "?"  # before what stands for the id of a paper that nobody knows any more
GAP = "No paper has this number any more"  # of one that an earlier, unknown answer cited


@dataclass(frozen=True, slots=True)
class Source:
    """A cited paper as clients show it: number, title and address, which no other has, and text."""

    number: int
    paper_id: str
    title: str
    url: str
    text: str  # the cited sentences
    year: int | None = None


def sources(
    answers: Sequence[Answer], papers: Mapping[str, Paper], page: Callable[[str], str]
) -> list[Source]:
    """Return the sources 1 … n of a conversation, whose last answer is the one that is given.

    Clients take ``[n]`` for the n-th source, so that papers cited earlier come along, and a number
    that nobody knows any more has a place. ``page`` gives the address of a paper that has none.
    """
    cited: dict[int, list[Citation]] = {}
    for answer in answers:
        for citation in answer.citations:
            if 0 < citation.number <= MOST:  # a client may send any
                cited.setdefault(citation.number, []).append(citation)
    found: list[Source] = []
    titles, urls = _Taken(" ({})"), _Taken("#{}")
    for number in range(1, max(cited, default=0) + 1):
        some = cited.get(number, [])
        paper_id = some[-1].paper_id.removeprefix(UNKNOWN) if some else ""
        paper = papers.get(paper_id)
        title = export.one_line(some[-1].title) if some else GAP
        url = (some[-1].url or (address(paper) if paper else "")) if some else ""
        found.append(
            Source(
                number,
                paper_id,
                titles.unique(title),
                urls.unique(url or page(paper_id)),
                " ".join(dict.fromkeys(one.sentence for one in some)),
                paper.year if paper else None,
            )
        )
    return found


def url_citations(text: str, known: Sequence[Source]) -> list[Json]:
    """Return OpenAI's annotations, one a marker; ``text[start_index:end_index]`` is the marker."""
    by_number = {source.number: source for source in known}
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": match.start(),
                "end_index": match.end(),
                "title": source.title,
                "url": source.url,
            },
        }
        for match in _MARKER.finditer(text)
        if (source := by_number.get(int(match[1]))) is not None
    ]


def perplexity(known: Sequence[Source]) -> Json:
    """Return Perplexity's lists, whose n-th entries are those of ``[n]``."""
    return {
        "citations": [source.url for source in known],
        "search_results": [
            {
                "title": source.title,
                "url": source.url,
                "date": str(source.year) if source.year else None,
                "snippet": source.text,
            }
            for source in known
        ],
    }


def azure(answer: Answer, known: Sequence[Source]) -> Json:
    """Return the context of Azure's "On Your Data"."""
    return {
        "citations": [
            {
                "content": source.text,
                "title": source.title,
                "url": source.url,
                "filepath": source.paper_id,
                "chunk_id": str(source.number),
            }
            for source in known
        ],
        "intent": answer.read_as or answer.question,
    }


def open_webui(known: Sequence[Source]) -> list[Json]:
    """Return Open WebUI's sources, in the order that it counts them in."""
    return [
        {
            "source": {"name": source.title, "url": source.url},
            "document": [source.text or source.title],
            "metadata": [{"source": source.url, "name": source.title}],
        }
        for source in known
    ]


def references(answer: Answer, papers: Mapping[str, Paper]) -> str:
    """Return the cited papers as a list of Markdown; empty where nothing is cited."""
    cited = export.references(answer.citations, papers)
    return "\n\n".join([REFERENCES, *export.listed(cited)]) if cited else ""


def markers(text: str) -> Iterator[int]:
    """Yield the numbers that a text cites."""
    numbers = (int(match[1]) for match in _MARKER.finditer(text))
    return (number for number in numbers if 0 < number <= MOST)


def without_markers(text: str) -> str:
    """Return a text without the numbers that it cites."""
    return " ".join(re.sub(r" ?\[\d{1,4}\]", "", text).split())


class _Taken:
    """Texts that are taken, and how the next like one of them is told from it."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._counts: dict[str, int] = {}

    def unique(self, text: str) -> str:
        """Return a text, with a number behind it where it is taken."""
        found, count = text, self._counts.get(text, 0)
        while found in self._counts:
            count += 1
            found = text + self._form.format(count + 1)
        self._counts[text] = max(count, self._counts.get(text, 0))
        self._counts.setdefault(found, 0)
        return found
