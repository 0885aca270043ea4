"""Embedding models of a few words, made in a folder: a vector a word, looked up, nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = ("[UNK]", "[CLS]", "[SEP]", "corals", "grow", "whales", "sing", "query", ".")
WIDTH = 6
Outputs = Literal["states", "sentence", "both"]


def table() -> NDArray[np.float32]:
    """Return the vector of each word; those of special tokens are 0, so that they pull nothing."""
    rows = np.random.default_rng(7).normal(size=(len(WORDS), WIDTH)).astype(np.float32)
    rows[:3] = 0.0
    return rows


def make_model(
    folder: Path,
    *,
    outputs: Outputs = "both",
    config: Mapping[str, Any] = {},
    ids: int = TensorProto.INT64,
) -> Path:
    """Write ``model.onnx``, ``tokenizer.json`` and, if anything is said in it, ``config.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    states = helper.make_node("Gather", ["table", "input_ids"], ["token_embeddings"])
    total = helper.make_node(
        "ReduceSum", ["token_embeddings", "axis"], ["sentence_embedding"], keepdims=0
    )
    kinds = {
        "token_embeddings": helper.make_tensor_value_info(
            "token_embeddings", TensorProto.FLOAT, ["batch", "tokens", WIDTH]
        ),
        "sentence_embedding": helper.make_tensor_value_info(
            "sentence_embedding", TensorProto.FLOAT, ["batch", WIDTH]
        ),
    }
    wanted = {
        "states": ["token_embeddings"],
        "sentence": ["sentence_embedding"],
        "both": ["sentence_embedding", "token_embeddings"],
    }[outputs]
    graph = helper.make_graph(
        [states, total],
        "words",
        [helper.make_tensor_value_info("input_ids", ids, ["batch", "tokens"])],
        [kinds[name] for name in wanted],
        [
            numpy_helper.from_array(table(), "table"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"),
        ],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), folder / "model.onnx")
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.save(str(folder / "tokenizer.json"))
    if config:
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
