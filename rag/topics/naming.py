"""Asks a model for the names of topics. The request and what is read of the reply are pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.models import ChatModel, Prompt, as_data
from rag.records import Topic
from rag.text.readable import readable
from rag.text.words import share_a_word

_LONGEST = 60  # characters of a label
# "1: video", "**2. video**", "- 3) video", "4 | video"; not "video: 7", "8 video", "1234: video".
_LINE = re.compile(r"^\W*(\d{1,3})\s*[:.)|–—-]+\s*(.+)$")


def named(
    topics: Sequence[Topic], titles: Sequence[Sequence[str]], model: ChatModel, prompt: Prompt
) -> dict[int, str] | None:
    """Return the good names that a model gives topics by their numbers; None if it failed.

    ``titles`` are some of each topic's. A name is bad when it is long, shares no word with its
    topic, or is another topic's.

    Raises:
        ModelKeyError: the endpoint refuses the key.
    """
    told = "\n".join(
        f"{number}: {as_data(', '.join(topic.terms))}. Titles: {as_data('; '.join(known))}"
        for number, (topic, known) in enumerate(zip(topics, titles, strict=True), 1)
    )
    with model.reply(prompt.system, prompt.fill(topics=told)) as reply:
        reply.read()
    return None if reply.failure else _good(topics, titles, dict(labels(reply.text)))


def _good(
    topics: Sequence[Topic], titles: Sequence[Sequence[str]], given: Mapping[int, str]
) -> dict[int, str]:
    taken = {topic.label.casefold() for topic in topics}  # one that is kept is not given away
    good = {}
    for number, (topic, known) in enumerate(zip(topics, titles, strict=True), 1):
        label = given.get(number, "")
        words = " ".join([*topic.terms, *known])
        if label.casefold() not in taken and share_a_word(label, words):
            good[topic.number] = label
        taken.add(label.casefold())
    return good


def labels(reply: str) -> Iterator[tuple[int, str]]:
    """Yield the labels of a reply, each with the number before it."""
    for line in reply.splitlines():
        found = _LINE.match(line)
        if found:
            label = " ".join(readable(found[2]).strip("*_\"“”'`. ").split())
            if len(label) <= _LONGEST:
                yield int(found[1]), label
