"""A model of the user's own in a folder: how it pools, what it lacks, what it is called."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from rag import Assistant, Settings
from rag.errors import ConfigError, FingerprintError
from rag.models.embed import build_embedder
from rag.models.embed_local import LocalEmbedder, minilm
from tests.support.models import WIDTH, WORDS, Outputs, make_model, table

PAPERS = [
    {"id": "corals", "title": "Corals", "abstract": "Corals grow. Corals grow. Grow."},
    {"id": "whales", "title": "Whales", "abstract": "Whales sing. Sing."},
]


def write_jsonl(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def local(folder: Path) -> LocalEmbedder:
    return LocalEmbedder(folder, threads=1)


def vector_of(*words: str) -> Any:
    total = sum(table()[WORDS.index(word)] for word in words)
    return total / np.linalg.norm(total)


@pytest.mark.parametrize(
    ("outputs", "config", "expected"),
    [
        pytest.param("both", {}, ("corals", "grow"), id="its own output"),
        pytest.param("sentence", {}, ("corals", "grow"), id="its own output alone"),
        pytest.param("states", {}, ("corals", "grow"), id="no output of its own: the mean"),
        pytest.param("both", {"pooling": "mean"}, ("corals", "grow"), id="the mean"),
        pytest.param("both", {"max_tokens": 3}, ("corals",), id="cut to one token"),
    ],
)
def test_how_a_folder_pools(
    tmp_path: Path, outputs: Outputs, config: Mapping[str, Any], expected: tuple[str, ...]
) -> None:
    embedder = local(make_model(tmp_path / "mine", outputs=outputs, config=config))
    np.testing.assert_allclose(embedder.embed(["corals grow"])[0], vector_of(*expected), atol=1e-5)


def test_cls_takes_the_first_token(tmp_path: Path) -> None:
    embedder = local(make_model(tmp_path / "mine", config={"pooling": "cls"}))
    # The first token is special and 0 in this model: nothing of the words comes through.
    assert np.allclose(embedder.embed(["corals grow"])[0], 0.0)


def test_a_prefix_stands_before_questions_alone(tmp_path: Path) -> None:
    embedder = local(make_model(tmp_path / "mine", config={"query_prefix": "query "}))
    np.testing.assert_allclose(embedder.embed(["corals"])[0], vector_of("corals"), atol=1e-5)
    np.testing.assert_allclose(
        embedder.embed_query("corals"), vector_of("query", "corals"), atol=1e-5
    )


def test_the_settings_name_a_folder(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine")
    embedder = build_embedder(Settings(embed_model=str(folder)))
    assert isinstance(embedder, LocalEmbedder)
    assert (embedder.name, embedder.limit, embedder.earlier) == ("mine", 510, frozenset())
    with pytest.raises(ConfigError, match="no folder"):
        build_embedder(Settings(embed_model=str(tmp_path / "none")))


def test_the_content_is_the_fingerprint(tmp_path: Path) -> None:
    one, same, prefixed = (
        make_model(tmp_path / place / "mine", config=config)
        for place, config in (("a", {}), ("b", {}), ("c", {"query_prefix": "query "}))
    )
    assert local(one).fingerprint == local(same).fingerprint
    assert local(one).fingerprint != local(prefixed).fingerprint
    np.save(same / "projection.npy", np.eye(WIDTH)[:, :2])
    assert local(one).fingerprint != local(same).fingerprint


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (["model.onnx"], "has no model.onnx; it needs"),
        (["tokenizer.json"], "has no tokenizer.json; it needs"),
        (["model.onnx", "tokenizer.json"], "has no model.onnx and no tokenizer.json"),
    ],
    ids=["model", "tokenizer", "both"],
)
def test_a_folder_that_lacks_a_file(tmp_path: Path, missing: list[str], message: str) -> None:
    folder = make_model(tmp_path / "mine")
    for name in missing:
        (folder / name).unlink()
    with pytest.raises(ConfigError, match=message):
        build_embedder(Settings(embed_model=str(folder)))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.onnx", "x", "model.onnx cannot be loaded"),
        ("tokenizer.json", "{", "tokenizer.json cannot be loaded"),
        ("projection.npy", "x", "projection.npy cannot be loaded"),
        ("config.json", "{", "config.json cannot be read"),
        ("config.json", '"pooling"', "config.json cannot be read"),
        ("config.json", '{"pooling": "max"}', "pooling is output, mean or cls"),
        ("config.json", '{"max_tokens": "many"}', "a value that cannot work .max_tokens."),
        ("config.json", '{"max_tokens": 2}', "a value that cannot work .max_tokens."),
        ("config.json", '{"dimension": 384}', "gives 6 dimensions, its config.json says 384"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, content: str, message: str) -> None:
    folder = make_model(tmp_path / "mine")
    (folder / name).write_text(content)
    with pytest.raises(ConfigError, match=message):
        use(folder)


def use(folder: Path) -> None:
    embedder = local(folder)
    embedder.embed(["corals"])
    assert embedder.tokens is not None


def test_an_output_that_is_not_there(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine", outputs="sentence", config={"pooling": "mean"})
    with pytest.raises(ConfigError, match="no output for pooling 'mean'"):
        local(folder).embed(["corals"])


def test_inputs_of_another_kind(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine", ids=TensorProto.INT32)
    with pytest.raises(ConfigError, match=r"cannot be run .*; it must take input_ids, .* as int64"):
        local(folder).embed(["corals"])


def test_numbers_that_are_not_finite(tmp_path: Path) -> None:
    path = make_model(tmp_path) / "model.onnx"
    model = onnx.load(path)
    rows = np.full_like(table(), np.nan)
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(rows, "table"))
    onnx.save(model, path)
    with pytest.raises(ConfigError, match="gives numbers that are not finite"):
        local(tmp_path).embed(["corals grow"])


def test_a_projection_of_another_model(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine")
    np.save(folder / "projection.npy", np.eye(384)[:, :128])
    with pytest.raises(ConfigError, match=r"shape \(384, 128\), the model gives 6 dimensions"):
        assert local(folder).tokens


@pytest.mark.parametrize(
    ("outputs", "config", "projected"),
    [
        pytest.param("both", {}, False, id="no projection"),
        pytest.param("sentence", {}, True, id="no states"),
        pytest.param("both", {"pooling": "cls"}, True, id="not averaged"),
    ],
)
def test_models_without_tokens_search_by_their_vectors(
    tmp_path: Path, outputs: Outputs, config: Mapping[str, Any], projected: bool
) -> None:
    folder = make_model(tmp_path / "mine", outputs=outputs, config=config)
    if projected:
        np.save(folder / "projection.npy", np.eye(WIDTH)[:, :2])
    assert local(folder).tokens is None


@pytest.mark.parametrize("projected", [False, True], ids=["vectors alone", "with tokens"])
def test_a_library_under_a_model_of_ones_own(tmp_path: Path, projected: bool) -> None:
    folder = make_model(tmp_path / "mine")
    if projected:
        np.save(folder / "projection.npy", np.eye(WIDTH))
    settings = Settings(home=tmp_path / "library", seeds="", embed_model=str(folder))
    with Assistant.open(settings) as assistant:
        assistant.ingest(write_jsonl(tmp_path / "p.jsonl", PAPERS))
        assert [hit.paper.id for hit in assistant.search("whales sing", k=1)] == ["whales"]
        assert bool(assistant.library.tokens(["whales"])) is projected
        assert assistant.ask("Do whales sing?").citations[0].paper_id == "whales"
    with (
        Assistant.open(settings.model_copy(update={"embed_model": "minilm"})) as assistant,
        pytest.raises(FingerprintError, match="RAG_EMBED_MODEL to the folder of mine as it was"),
    ):
        assistant.search("whales")


def test_a_library_of_the_earlier_form_is_used_and_brought_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(home=tmp_path / "library", seeds="")
    path = write_jsonl(tmp_path / "p.jsonl", PAPERS)
    with Assistant.open(settings) as assistant:
        assistant.ingest(path)
        make_earlier(assistant)
    with caplog.at_level(logging.WARNING), Assistant.open(settings) as assistant:
        assert assistant.search("singing whales", k=1)[0].paper.id == "whales"
        assert assistant.ask("Do whales sing?").grounded
        assert assistant.library.fingerprint == EARLIER
        assert [one.message.count("--re-embed") for one in caplog.records] == [1]
        assert assistant.re_embed() == 2
        assert assistant.library.fingerprint == minilm(1).fingerprint
        assert set(assistant.library.tokens(["corals", "whales"])) == {"corals", "whales"}


def test_what_comes_in_brings_the_earlier_form_up_first(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "library", seeds="")
    with Assistant.open(settings) as assistant:
        assistant.ingest(write_jsonl(tmp_path / "p.jsonl", PAPERS))
        make_earlier(assistant)
    squids = {"id": "squids", "title": "Squids", "abstract": "Squids swim. They glow."}
    with Assistant.open(settings) as assistant:
        assistant.ingest(write_jsonl(tmp_path / "q.jsonl", [squids]))
        assert assistant.library.fingerprint == minilm(1).fingerprint
        assert len(assistant.library.tokens(["corals", "whales", "squids"])) == 3


EARLIER = "minilm/window-254/v1"


def make_earlier(assistant: Assistant) -> None:
    """Turn a library into one of the earlier form: under its fingerprint, without tokens."""
    assistant.close()
    with sqlite3.connect(assistant.settings.home / "library.db") as database:
        database.execute("DELETE FROM tokens")
        database.execute("UPDATE vectors SET fingerprint = ?", (EARLIER,))
        database.execute("UPDATE meta SET value = ? WHERE key = 'fingerprint'", (EARLIER,))
