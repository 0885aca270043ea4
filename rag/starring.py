"""The reading list: what is starred, what is noted of it, and how it is carried away."""

from __future__ import annotations

from rag.changing import Changing
from rag.errors import InputError, UnknownPaperError
from rag.records import Paper, Sentence
from rag.text import reading_list
from rag.text.export import one_line
from rag.text.reading_list import Star


class Starring(Changing):
    """A library with reading lists: one an owner, whose name is empty without logins."""

    def star(self, paper_id: str, sentence: str = "", note: str = "", *, owner: str = "") -> Star:
        """Put a paper, or one of its sentences, on the reading list, and return it as it is there.

        Of ``sentence`` a part will do that no other sentence of the paper has. Of what is there
        already only the note changes, where one is given.

        Raises:
            UnknownPaperError: the library has no paper of this id.
            InputError: it is no sentence of the paper, the note is too long, or the list is full.
        """
        paper = self._known(paper_id)
        start, text = reading_list.PAPER, ""
        if sentence:
            found = self._sentence(paper, sentence)
            start, text = found.start, found.text
        return self._put(Star(paper.id, start, paper.title, text, note), owner)

    def toggle_star(
        self, paper_id: str, start: int = reading_list.PAPER, *, owner: str = ""
    ) -> bool:
        """Star a paper, or the sentence that begins at ``start``, or unstar it; tell which it is.

        Raises:
            UnknownPaperError: the library has no paper of this id.
            InputError: no sentence of the paper begins there, or the list is full.
        """
        stars = self._parts.library.stars
        if stars.take_away(paper_id, start, owner):
            return False
        paper, text = self._known(paper_id), ""
        if start != reading_list.PAPER:
            found = [one.text for one in self._sentences(paper) if one.start == start]
            if not found:
                raise InputError("this sentence is not in the paper as it is now; open it anew")
            text = found[0]
        self._put(Star(paper.id, start, paper.title, text), owner)
        return True

    def unstar(self, paper_id: str, sentence: str = "", *, owner: str = "") -> list[Star]:
        """Take a paper with all its sentences, or one sentence, off the list; return what went.

        Raises:
            InputError: it is not on the list.
        """
        stars = self._parts.library.stars
        gone: list[Star] = []
        if not sentence:
            gone = stars.take_away(paper_id, owner=owner)
        else:
            mine = [one for one in stars.all(owner) if one.paper_id == paper_id]
            kept = [Sentence(0, one.sentence, one.start, one.start) for one in mine if one.sentence]
            if found := _matching(kept, sentence):
                gone = stars.take_away(paper_id, found[0].start, owner)
        if not gone:
            raise InputError(f"{paper_id} is not on the reading list so; `rag stars` shows it")
        return gone

    def reading_list(self, owner: str = "") -> list[Star]:
        """Return what is starred: the paper last come to first, its sentences in their order."""
        return self._parts.library.stars.all(owner)

    def starred_papers(self, owner: str = "") -> dict[str, Paper]:
        """Return the papers of the reading list by id; those that were removed are left out."""
        ids = dict.fromkeys(star.paper_id for star in self.reading_list(owner))
        return {paper.id: paper for paper in self._parts.library.papers_of([*ids])}

    def export_reading_list(self, form: str, *, owner: str = "") -> str:
        """Write the reading list as ``"markdown"`` or ``"csv"``, or its papers as bibliography.

        ``form`` is one of ``rag.text.reading_list.FORMATS``: those of ``export``, and ``"csv"``.

        Raises:
            InputError: another format.
        """
        return reading_list.write(form, self.reading_list(owner), self.starred_papers(owner))

    # -- inside ----------------------------------------------------------------------------------

    def _put(self, star: Star, owner: str) -> Star:
        self._parts.library.stars.put([star], owner)
        listed = self.reading_list(owner)
        return next(o for o in listed if (o.paper_id, o.start) == (star.paper_id, star.start))

    def _known(self, paper_id: str) -> Paper:
        paper = self._parts.library.paper(paper_id)
        if paper is None:
            raise UnknownPaperError(f"no paper has the id {paper_id}; `rag papers` lists them")
        return paper

    def _sentences(self, paper: Paper) -> tuple[Sentence, ...]:
        """Return the sentences of a paper, the title first."""
        found = self._parts.library.entries([paper.id])
        return found[paper.id].sentences if found else (Sentence(0, paper.title, -1, -1),)

    def _sentence(self, paper: Paper, text: str) -> Sentence:
        found = _matching(self._sentences(paper), text)
        if not found:
            raise InputError(f"no one sentence of {paper.id} says {text!r}; copy it from the paper")
        if len(found) > 1:
            raise InputError(f"{len(found)} sentences of {paper.id} say {text!r}; give more of it")
        return found[0]


def _matching(sentences: list[Sentence] | tuple[Sentence, ...], text: str) -> list[Sentence]:
    """Return the sentences that a text is or is a part of, read as they are shown."""
    wanted = one_line(text)
    exact = [one for one in sentences if one_line(one.text) == wanted]
    return exact[:1] or [one for one in sentences if wanted and wanted in one_line(one.text)]
