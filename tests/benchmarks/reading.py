"""What reading files costs, without embedding: records a second and the memory at most.

Run with ``python -m tests.benchmarks.reading``. Each format is read in a process of its own, whose
memory is that of the interpreter and all that reading imports besides.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import multiprocessing
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rag.intake import readers

RECORDS = 100_000
_SAID = (
    "We study how corals grow in warm water and what their larvae need for it. "
    "Reefs of three seas were watched for ten years, with 1,200 photographs a year. "
    "Growth falls by 12 % where the water is one degree warmer, and recovers in two years. "
    "The larvae settle where fish are heard, which suggests loudspeakers on broken reefs. "
)


def _row(number: int) -> dict[str, object]:
    return {
        "title": f"Corals of the reef {number}",
        "abstract": f"{_SAID}{_SAID}Reef {number} is one of them.",
        "authors": [f"Ann Lee{number % 900}", "Bo Müller"],
        "year": 1990 + number % 30,
        "venue": "Reef Letters",
        "doi": f"10.1000/reef.{number}",
    }


def _json_lines(row: dict[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _snapshot(row: dict[str, object]) -> str:
    number = str(row["doi"]).rsplit(".", 1)[1]
    return json.dumps({
        "id": f"{2000 + int(number) // 10_000}.{int(number) % 10_000:05d}",
        "submitter": "Ann", "title": row["title"], "abstract": f"  {row['abstract']}\n",
        "authors": "Ann Lee and Bo M\\\"uller", "authors_parsed": [["Lee", "Ann", ""]],
        "categories": "q-bio.PE", "versions": [{"version": "v1"}], "update_date": "2020-01-01",
    }) + "\n"  # fmt: skip


def _ris(row: dict[str, object]) -> str:
    return (
        f"TY  - JOUR\nTI  - {row['title']}\nAU  - Lee, Ann\nAU  - Müller, Bo\nPY  - {row['year']}\n"
        f"JO  - {row['venue']}\nDO  - {row['doi']}\nAB  - {row['abstract']}\nER  - \n\n"
    )


def _bibtex(row: dict[str, object]) -> str:
    return (
        f"@article{{lee{row['doi']},\n  title = {{{{Corals}} of the {{Reef}}}},\n"
        f'  author = {{Lee, Ann and M{{\\"u}}ller, Bo}},\n  journal = {{{row["venue"]}}},\n'
        f"  year = {row['year']},\n  doi = {{{row['doi']}}},\n"
        f"  abstract = {{{str(row['abstract']).replace('%', chr(92) + '%')}}}\n}}\n\n"
    )


def _csv(row: dict[str, object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(["Ann Lee; Bo Müller" if k == "authors" else row[k] for k in row])
    return line.getvalue()


def _pubmed(row: dict[str, object]) -> str:
    number = int(str(row["doi"]).rsplit(".", 1)[1])
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{number + 1}</PMID><Article><Journal><JournalIssue>"
        f"<PubDate><Year>{row['year']}</Year></PubDate></JournalIssue><Title>{row['venue']}</Title>"
        f"</Journal><ArticleTitle>{row['title']}</ArticleTitle><Abstract><AbstractText>"
        f"{row['abstract']}</AbstractText></Abstract><AuthorList><Author><LastName>Lee</LastName>"
        "<ForeName>Ann</ForeName></Author></AuthorList></Article></MedlineCitation>"
        "</PubmedArticle>\n"
    )


FORMATS: dict[str, tuple[str, str, Callable[[dict[str, object]], str], str]] = {
    "JSON Lines": ("p.jsonl", "", _json_lines, ""),
    "arXiv snapshot": ("p.json", "", _snapshot, ""),
    "CSV": ("p.csv", ",".join(_row(0)) + "\n", _csv, ""),
    "PubMed XML": ("p.xml", "<?xml version='1.0'?>\n<PubmedArticleSet>\n", _pubmed,
                   "</PubmedArticleSet>"),
    "RIS": ("p.ris", "", _ris, ""),
    "BibTeX": ("p.bib", "", _bibtex, ""),
}  # fmt: skip


def written(folder: Path, name: str) -> Path:
    """Write the records in a format; return the file."""
    file, before, write, after = FORMATS[name]
    with (folder / file).open("w", encoding="utf-8", newline="") as out:
        out.write(before)
        out.writelines(write(_row(number)) for number in range(RECORDS))
        out.write(after)
    return folder / file


def _papers(path: Path) -> Iterator[object]:
    for reading in readers.read(path):
        yield from reading.papers


def measured(path: Path) -> tuple[int, float, float]:
    """Return the papers that a file gives, the seconds, and the megabytes of this process."""
    start = time.perf_counter()
    count = sum(1 for _ in _papers(path))
    seconds = time.perf_counter() - start
    return count, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the figures of every format, and of one packed."""
    alone = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for name in FORMATS:
            paths = {name: written(Path(folder), name)}
            if name == "CSV":
                packed = Path(f"{paths[name]}.gz")
                with paths[name].open("rb") as plain, gzip.open(packed, "wb", 1) as out:
                    shutil.copyfileobj(plain, out)
                paths["CSV, gzip"] = packed
            for told, path in paths.items():
                with alone.Pool(1) as pool:
                    count, seconds, memory = pool.apply(measured, (path,))
                size = path.stat().st_size / 1e6
                print(
                    f"{told:<15} {count:,} of {RECORDS:,} records, {size:4.0f} MB: "
                    f"{count / seconds:7,.0f} a second, {memory:4.0f} MB at most"
                )
                path.unlink()


if __name__ == "__main__":
    main()
