"""Stemmed BM25 over title and abstract in tantivy, and the words a text is made of. Derived."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import DamagedIndexError, StorageError
from rag.records import BuiltFrom

if TYPE_CHECKING:
    import tantivy

_HEAP = 50_000_000  # bytes; tantivy's writer wants 15 million a thread at least
_K1 = 1.2  # tantivy's BM25 constants: k1 = 1.2, b = 0.75

# Words that carry no topic in a question: English function words, the verbs of asking, and the
# words for what every document here is.
STOP_WORDS = frozenset(
    """a about above after again against all also am among an and any are around as at be because
    been before being below between both but by can cannot could did do does doing done down during
    each either else etc ever every few for from further get gets getting give given gives go got
    had has have having he her here hers him his how however i if in instead into is it its itself
    just let like made make makes making many may me might mine more most much must my near neither
    no nor not now of off on once one only onto or other others our ours out over own per please
    put puts quite rather really s same say says shall she should show shows since so some such t
    tell than that the their theirs them then there these they thing things this those though
    through thus to too toward towards under until up upon us use used uses using very via was way
    we were what when where whether which while who whom whose why will with within without would
    yet you your yours paper papers abstract abstracts author authors""".split()
)


# Two or more parts with a capital or a digit somewhere: "WebVid-2M", "ViT-B", not "pre-training".
_HYPHENATED = re.compile(r"\b(?=[\w-]*[A-Z\d])\w+(?:-\w+)+\b")


@dataclass(frozen=True, slots=True)
class Term:
    """A content word of a query: as written, its stem, the papers that have it, and its rarity.

    ``idf`` is Lucene's for BM25.
    """

    word: str
    stem: str
    papers: int
    idf: float


def words(text: str) -> list[tuple[str, str]]:
    """Return the words of a text as ``(word, stem)`` in order, the way the index sees them."""
    plain = _analyzer(stemmed=False).analyze(text)
    return list(zip(plain, _analyzer(stemmed=True).analyze(text), strict=True))


def content_words(text: str) -> list[tuple[str, str]]:
    """Return ``(word, stem)`` of the words that carry a topic, each stem once."""
    kept: dict[str, str] = {}
    for word, stem in words(text):
        if word not in STOP_WORDS:
            kept.setdefault(stem, word)
    return [(word, stem) for stem, word in kept.items()]


def share_a_word(one: str, other: str) -> bool:
    """Whether two texts have a word in common that carries a topic, in any of its forms."""
    return not set(content_stems(one)).isdisjoint(content_stems(other))


def content_stems(text: str) -> list[str]:
    """Return the stems of the words that carry a topic, in order, repeated as they stand."""
    return [stem for word, stem in words(text) if word not in STOP_WORDS]


class Lexicon:
    """The word index under ``home/lexicon``."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "lexicon"
        self._index: tantivy.Index | None = None

    @property
    def _state_file(self) -> Path:
        return self._folder / "built-from.json"

    def state(self) -> BuiltFrom | None:
        """Return what the index was built from, or None when there is none that can be read."""
        try:
            state = json.loads(self._state_file.read_text(encoding="utf-8"))
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

    def search(self, terms: Sequence[Term], k: int, *, query: str = "") -> dict[str, float]:
        """Return the best ``k`` papers with their share of the greatest possible BM25 score.

        Hyphenated names of the query ("WebVid-2M") count once more as phrases, so that a paper
        with both halves somewhere else ("WebVid-10M … SAM 2M") does not pass for them.

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
            index = self._open()
            writer = index.writer(_HEAP, 1)
            for paper_id in removed:
                writer.delete_documents_by_term("id", paper_id)
            for paper_id, text in papers:
                writer.delete_documents_by_term("id", paper_id)
                writer.add_document(tantivy.Document(id=paper_id, text=text))
            writer.commit()
            writer.wait_merging_threads()
            index.reload()
            scratch = self._state_file.with_suffix(".new")
            scratch.write_text(json.dumps({"identity": state.identity, "sequence": state.sequence}))
            scratch.replace(self._state_file)

    def recreate(self) -> None:
        """Start an empty index."""
        self._index = None
        shutil.rmtree(self._folder, ignore_errors=True)

    # -- inside ----------------------------------------------------------------------------------

    def _open(self) -> tantivy.Index:
        if self._index is None:
            import tantivy

            self._folder.mkdir(parents=True, exist_ok=True)
            schema = tantivy.SchemaBuilder()
            schema.add_text_field("id", stored=True, tokenizer_name="raw")
            schema.add_text_field("text", tokenizer_name="en_stem")
            self._index = tantivy.Index(schema.build(), path=str(self._folder))
        return self._index

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
    found = (tuple(stem for _, stem in words(name)) for name in _HYPHENATED.findall(query))
    return [phrase for phrase in dict.fromkeys(found) if len(phrase) > 1]


def matched(terms: Sequence[Term], *texts: str) -> list[Term]:
    """Return the terms that stand in one of the texts, rarest first."""
    stems = frozenset[str]().union(*map(_stems, texts))
    return sorted((t for t in terms if t.stem in stems), key=lambda t: -t.idf)


def coverage(terms: Sequence[Term], title: str, sentences: Sequence[str]) -> list[list[float]]:
    """Return which words of a question each sentence of one paper has, ``[sentence][term]``.

    A word a sentence has counts by its rarity in the library and in the paper, since what stands
    in every sentence of a paper tells none of them apart; a quarter if it stands in the title. The
    weights of all words the paper has add up to 1.
    """
    stems = [_stems(sentence) for sentence in sentences]
    titled = _stems(title)
    most = math.log(1 + len(sentences))
    weights: list[float] = []
    for term in terms:
        here = sum(term.stem in found for found in stems)
        rarity = math.log(1 + len(sentences) / max(here, 1)) / most
        known = here or term.stem in titled
        weights.append(term.idf * rarity * (0.25 if term.stem in titled else 1.0) if known else 0.0)
    total = sum(weights) or 1.0
    shares = [(term.stem, weight / total) for term, weight in zip(terms, weights, strict=True)]
    return [[share if stem in found else 0.0 for stem, share in shares] for found in stems]


@lru_cache(maxsize=20_000)  # about 2,000 papers' sentences
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem for _, stem in words(text))


def _idf(frequency: int, total: int) -> float:
    """Return Lucene's BM25 idf, ``ln(1 + (N - n + 0.5) / (n + 0.5))``."""
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


@cache
def _analyzer(*, stemmed: bool) -> tantivy.TextAnalyzer:
    """Return tantivy's ``en_stem`` analysis (long words dropped alike), or the same unstemmed."""
    import tantivy

    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(40))
        .filter(tantivy.Filter.lowercase())
    )
    return (builder.filter(tantivy.Filter.stemmer("English")) if stemmed else builder).build()
