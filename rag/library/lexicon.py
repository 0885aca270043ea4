"""Stemmed BM25 over title and abstract in tantivy. Derived: rebuilt from the library at need."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import DamagedIndexError, StorageError
from rag.library.entries import BuiltFrom
from rag.text.fold import in_words
from rag.text.names import hyphenated_names
from rag.text.words import content_words, stem_set, word_pairs

if TYPE_CHECKING:
    import tantivy

_HEAP = 50_000_000  # bytes; tantivy's writer wants 15 million a thread at least
_FORM = 2  # of the words: folded, and cut where there are no spaces
_K1 = 1.2  # tantivy's BM25 constants: k1 = 1.2, b = 0.75


@dataclass(frozen=True, slots=True)
class Term:
    """A content word of a query: as written, its stem, the papers that have it, and its rarity.

    ``idf`` is Lucene's for BM25.
    """

    word: str
    stem: str
    papers: int
    idf: float


class Lexicon:
    """The word index under ``home/lexicon``."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "lexicon"
        self._index: tantivy.Index | None = None
        self._place: tuple[int, int] | None = (
            None  # device and inode of the folder it was opened in
        )

    @property
    def _state_file(self) -> Path:
        return self._folder / "built-from.json"

    def state(self) -> BuiltFrom | None:
        """Return what the index was built from, or None when there is none that can be read."""
        try:
            state = json.loads(self._state_file.read_text(encoding="utf-8"))
            if state.get("form") != _FORM:
                return None
            return BuiltFrom(str(state["identity"]), int(state["sequence"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def count(self) -> int:
        """Return the number of papers."""
        with self._guarded():
            return self._searcher().num_docs

    def probe(self) -> None:
        """Run a query over every paper, so that an index that opens but cannot search shows.

        Raises:
            DamagedIndexError: it cannot.
        """
        import tantivy

        with self._guarded():
            index = self._open()
            searcher = index.searcher()
            queries = [tantivy.Query.all_query()]
            queries += [tantivy.Query.term_query(index.schema, "text", w) for w in ("the", "we")]
            for query in queries:
                for _, place in searcher.search(query, 3).hits:
                    searcher.doc(place)

    def terms(self, query: str) -> list[Term]:
        """Return the content words of a query with their rarity in the library."""
        with self._guarded():
            searcher = self._searcher()
            total = searcher.num_docs
            counts = [
                (word, stem, searcher.doc_freq("text", stem)) for word, stem in content_words(query)
            ]
            return [Term(word, stem, count, _idf(count, total)) for word, stem, count in counts]

    def near(self, stem: str, distance: int, *, k: int) -> list[str]:
        """Return ``k`` papers with a word that differs from a stem in at most ``distance`` letters.

        Two letters that changed places count as one (``distance`` at most 2, which is tantivy's).
        """
        import tantivy

        with self._guarded():
            index = self._open()
            query = tantivy.Query.fuzzy_term_query(index.schema, "text", stem, distance)
            searcher = index.searcher()
            return [searcher.doc(place)["id"][0] for _, place in searcher.search(query, k).hits]

    def search(
        self,
        terms: Sequence[Term],
        k: int,
        *,
        query: str = "",
        among: Sequence[str] | None = None,
    ) -> dict[str, float]:
        """Return the best ``k`` papers with their share of the greatest possible BM25 score.

        Hyphenated names of the query ("WebVid-2M") count once more as phrases, so that a paper
        with both halves somewhere else ("WebVid-10M … SAM 2M") does not pass for them.

        ``among`` names the only papers that count.

        The share is BM25 over the sum of ``idf * (k1 + 1)``, the bound that a text full of every
        term approaches, so it tells how much of the question's rare words a paper covers: 1 is
        out of reach, and words that stand nowhere lower it for all.
        """
        import tantivy

        if not terms:
            return {}
        bound = sum(term.idf for term in terms) * (_K1 + 1)
        with self._guarded():
            index = self._open()
            clauses = [tantivy.Query.term_query(index.schema, "text", term.stem) for term in terms]
            rarity = {term.stem: term.idf for term in terms}
            for phrase in _phrases(query):
                clauses.append(tantivy.Query.phrase_query(index.schema, "text", list(phrase)))
                bound += sum(rarity.get(stem, 0.0) for stem in phrase) * (_K1 + 1)
            wanted = [(tantivy.Occur.Should, clause) for clause in clauses]
            if among is not None:
                words = tantivy.Query.boolean_query(wanted)
                these = tantivy.Query.term_set_query(index.schema, "id", list(among))
                wanted = [
                    (tantivy.Occur.Must, words),
                    (tantivy.Occur.Must, tantivy.Query.const_score_query(these, 0.0)),
                ]
            searcher = index.searcher()
            hits = searcher.search(tantivy.Query.boolean_query(wanted), k).hits
            return {searcher.doc(place)["id"][0]: score / bound for score, place in hits}

    def update(
        self,
        papers: Iterable[tuple[str, str]],
        removed: Iterable[str],
        *,
        state: BuiltFrom,
    ) -> None:
        """Add or replace papers, ``(id, text)`` each, drop others, and record the new state."""
        import tantivy

        with self._guarded():
            index = self._open(make=True)
            writer = index.writer(_HEAP, 1)
            for paper_id in removed:
                writer.delete_documents_by_term("id", paper_id)
            for paper_id, text in papers:
                writer.delete_documents_by_term("id", paper_id)
                writer.add_document(tantivy.Document(id=paper_id, text=in_words(text)))
            writer.commit()
            writer.wait_merging_threads()
            index.reload()
            scratch = self._state_file.with_suffix(".new")
            built = {"identity": state.identity, "sequence": state.sequence, "form": _FORM}
            scratch.write_text(json.dumps(built))
            scratch.replace(self._state_file)
            self._let_others_read()

    def recreate(self) -> None:
        """Start an empty index."""
        self._index = None
        # Moved before it is deleted, so that the new folder is told from it by its inode.
        old = self._folder.with_name(f"{self._folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        with suppress(OSError):  # it is not there; or it is open, where that forbids it (Windows)
            self._folder.rename(old)
        for folder in (old, self._folder):
            shutil.rmtree(folder, ignore_errors=True)

    # -- inside ----------------------------------------------------------------------------------

    def _open(self, *, make: bool = False) -> tantivy.Index:
        """Open the index; where there is none it is made by who writes, and empty for who reads."""
        if self._index is not None and not self._is_another():
            return self._index
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_text_field("text", tokenizer_name="en_stem")
        schema = builder.build()
        if not make and not (self._folder / "meta.json").exists():
            return tantivy.Index(schema)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(schema, path=str(self._folder))
        self._place = self._inode()
        return self._index

    def _is_another(self) -> bool:
        """Whether another process has built the index anew, and is done with it."""
        return self._inode() != self._place and self._state_file.exists()

    def _inode(self) -> tuple[int, int] | None:
        try:
            found = self._folder.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _let_others_read(self) -> None:
        """Give tantivy's own files, which it makes its user's alone, the rights of the others."""
        mode = self._state_file.stat().st_mode
        for name in ("meta.json", ".managed.json"):
            (self._folder / name).chmod(mode)

    def _searcher(self) -> tantivy.Searcher:
        return self._open().searcher()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"{self._folder} cannot be written ({error.strerror or error}); free some space or "
                "check its rights, then run the command again"
            ) from error
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # a panic of its Rust core is no Exception
            if "No space left" in str(error) or "File too large" in str(error):
                raise StorageError(
                    f"the disk of {self._folder} is full; free some space and try again"
                ) from error
            raise DamagedIndexError(
                f"the word index {self._folder} cannot be used ({error}); start again, it is then "
                "rebuilt from the library"
            ) from error


def _phrases(query: str) -> list[tuple[str, ...]]:
    """Return the stems of the hyphenated names in a query, each once."""
    found = (tuple(stem for _, stem in word_pairs(name)) for name in hyphenated_names(query))
    return [phrase for phrase in dict.fromkeys(found) if len(phrase) > 1]


def matched(terms: Sequence[Term], *texts: str) -> list[Term]:
    """Return the terms that stand in one of the texts, rarest first."""
    known = frozenset[str]().union(*map(stem_set, texts))
    return sorted((t for t in terms if t.stem in known), key=lambda t: -t.idf)


def coverage(terms: Sequence[Term], title: str, sentences: Sequence[str]) -> list[list[float]]:
    """Return which words of a question each sentence of one paper has, ``[sentence][term]``.

    A word a sentence has counts by its rarity in the library and in the paper, since what stands
    in every sentence of a paper tells none of them apart; a quarter if it stands in the title. The
    weights of all words the paper has add up to their share of the question by rarity, so that a
    paper which has but "models" of it gets little.
    """
    stems = [stem_set(sentence) for sentence in sentences]
    titled = stem_set(title)
    most = math.log(1 + len(sentences))
    weights: list[float] = []
    for term in terms:
        here = sum(term.stem in found for found in stems)
        rarity = math.log(1 + len(sentences) / max(here, 1)) / most
        found_here = here or term.stem in titled
        weight = term.idf * rarity * (0.25 if term.stem in titled else 1.0)
        weights.append(weight if found_here else 0.0)
    known = sum(term.idf for term, weight in zip(terms, weights, strict=True) if weight)
    total = (sum(weights) or 1.0) / (known / (sum(term.idf for term in terms) or 1.0) or 1.0)
    shares = [(term.stem, weight / total) for term, weight in zip(terms, weights, strict=True)]
    return [[share if stem in found else 0.0 for stem, share in shares] for found in stems]


def _idf(frequency: int, total: int) -> float:
    """Return Lucene's BM25 idf, ``ln(1 + (N - n + 0.5) / (n + 0.5))``."""
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))
