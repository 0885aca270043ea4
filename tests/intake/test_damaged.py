"""Files that were cut, mixed up or overwritten: read as far as they go, or refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import ReadError
from rag.intake import readers
from tests.support.places import DATA

SAMPLES = sorted(
    path
    for path in (DATA / "cases").iterdir()
    if path.is_file() and not path.name.endswith((".expected.jsonl", ".left_out.jsonl", ".md"))
)
MOST = 60_000  # bytes of a sample
UNSEEN = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PLANTED = st.sampled_from(
    [b"{" * 2_000, b"}" * 50, b'"' * 3, b"\x00", b"<" * 500, b"[", b"\r", b"\\" * 100, b"\xff\xfe",
     b"&lt;" * 99, b"TY  - JOUR\n", b"PMID- 1\n", b"@" * 20, b"\xed\xa0\x80", b"<!DOCTYPE a [<!"]
)  # fmt: skip


def check(path: Path) -> None:
    """Read a file; what comes out of it is fit to be kept."""
    try:
        found = [paper for reading in readers.read(path) for paper in reading.papers]
    except ReadError:
        return
    for paper in found:
        assert paper.title
        assert paper.abstract
        "".join((paper.title, paper.abstract, *paper.authors)).encode()


@UNSEEN
@given(content=st.binary(max_size=2_000), suffix=st.sampled_from([".bib", ".ris", ".json", ".zip"]))
def test_any_bytes(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(content)
    check(path)


@UNSEEN
@given(data=st.data())
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_damage(tmp_path: Path, sample: Path, data: st.DataObject) -> None:
    content = sample.read_bytes()[:MOST]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 500)))
    planted = data.draw(st.one_of(PLANTED, st.binary(max_size=20)))
    rest = data.draw(
        st.sampled_from(
            [content[end:], b"", data.draw(st.sampled_from(SAMPLES)).read_bytes()[-MOST:]]
        )
    )
    path = tmp_path / f"damaged{sample.suffix}"
    path.write_bytes(content[:start] + planted + rest)
    check(path)
