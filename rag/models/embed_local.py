"""Embeds with a model in a folder, run by onnxruntime: the shipped MiniLM, or one of the user's.

One session of one thread, called from several Python threads: two spinning threads wait for each
other on a busy machine (16 papers/s instead of 36), and a batch would make a text's vector depend
on its neighbours, since int8 activations are scaled by the largest of all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from rag.errors import ConfigError, InputError
from rag.models.blas import blas_flags_ignored
from rag.resources import model_folder

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

Matrix = NDArray[np.float32]
Vector = NDArray[np.float32]
T = TypeVar("T")
R = TypeVar("R")

_LAYOUT = 2  # raised when sentence splitting, chunking or pooling changes what is stored
_KEPT = 2_048  # vectors of single texts kept in memory, 1.5 kB each: claims meet sentences again
_SPECIAL = 2  # tokens that frame a text
_NEEDED = ("model.onnx", "tokenizer.json")
# The same weights in an earlier file (cosine 0.993 to float32, this one 0.999), without states of
# tokens: a library embedded with it can be searched as it was, until it is embedded anew.
_EARLIER = frozenset({"minilm/window-254/v1"})


@dataclass(frozen=True, slots=True)
class Pass:
    """One text run through the model.

    ``vector`` is the text's own, of unit length. Of each token but the special ones ``offsets`` has
    where it stands in the text (characters, shape ``(tokens, 2)``) and ``states`` the last layer's
    vector (shape ``(tokens, dimension)``).
    """

    vector: Vector
    offsets: NDArray[np.intp]
    states: Matrix


@dataclass(frozen=True, slots=True)
class TokenModel:
    """What gives the states of tokens, and how they are kept: projected, at unit length."""

    run: Callable[[str], Pass]
    together: Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]
    projection: Matrix  # (dimension, width)
    limit: int  # tokens of one pass, without the special ones
    query_prefix: str = ""

    @property
    def width(self) -> int:
        """The numbers kept of a token."""
        return int(self.projection.shape[1])

    @blas_flags_ignored
    def project(self, states: Matrix) -> Matrix:
        """Return states as they are compared: in ``width`` dimensions, at unit length."""
        unit = states / np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-9)
        rows = unit @ self.projection
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What ``config.json`` of a model's folder says; all of it may be left out."""

    pooling: Literal["output", "mean", "cls"] = "output"
    query_prefix: str = ""
    dimension: int = 0  # 0: as the model gives it
    max_tokens: int = 512  # special ones included

    @classmethod
    def read(cls, folder: Path) -> _Shape:
        path = folder / "config.json"
        if not path.exists():
            return cls()
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            known = {name: dict(given)[name] for name in cls.__slots__ if name in given}
        except (OSError, ValueError, TypeError) as error:
            raise ConfigError(f"{path} cannot be read ({error}); repair or remove it") from error
        wrong = [
            name
            for name, value in known.items()
            if not isinstance(value, str if name in ("pooling", "query_prefix") else int)
        ]
        if "max_tokens" not in wrong and known.get("max_tokens", 512) <= _SPECIAL:
            wrong.append("max_tokens")
        if wrong or known.get("pooling", "output") not in ("output", "mean", "cls"):
            raise ConfigError(
                f"{path} has a value that cannot work ({', '.join(wrong) or 'pooling'}); pooling "
                "is output, mean or cls, query_prefix a text, dimension and max_tokens numbers"
            )
        return cls(**known)


class LocalEmbedder:
    """A folder with ``model.onnx`` and ``tokenizer.json``, and a ``config.json`` if need be.

    ``pooling`` is ``output`` when the model has an output ``sentence_embedding`` of its own, else
    ``mean`` or ``cls`` over its token states; ``query_prefix`` is put before questions;
    ``max_tokens`` bounds a text. With a ``projection.npy`` (dimension × width) and mean pooling its
    tokens are compared one by one as well. Fingerprinted by the content of these files.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int,
        name: str = "",
        revision: str = "",
        earlier: frozenset[str] = frozenset(),
    ) -> None:
        missing = [file for file in _NEEDED if not (folder / file).is_file()]
        if missing:
            raise ConfigError(
                f"the model folder {folder} has no {' and no '.join(missing)}; it needs "
                f"{' and '.join(_NEEDED)}"
            )
        self._folder = folder
        self._threads = threads
        self._revision = revision
        self._shape = _Shape.read(folder)
        self.name = name or folder.resolve().name
        self.limit = self._shape.max_tokens - _SPECIAL
        self.earlier = earlier
        self._vector: Callable[[str], Vector] = lru_cache(_KEPT)(lambda text: self.run(text).vector)

    @cached_property
    def fingerprint(self) -> str:
        """The model's name and content, and the layout of the texts."""
        return f"{self.name}/{self._revision or self._digest()}/pass-{self.limit}/v{_LAYOUT}"

    @cached_property
    def tokens(self) -> TokenModel | None:
        """The states of its tokens; None without a projection, or when they are not averaged.

        Raises:
            ConfigError: the projection cannot be loaded, or is not of this model.
        """
        path = self._folder / "projection.npy"
        if not path.is_file() or self._shape.pooling == "cls":
            return None
        shape = next((o.shape for o in self._session.get_outputs() if len(o.shape) == 3), None)
        if shape is None:
            return None
        try:
            projection = np.load(path, allow_pickle=False).astype(np.float32)
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path} cannot be loaded ({_first_line(error)})") from error
        if projection.ndim != 2 or len(projection) != shape[-1]:
            raise ConfigError(
                f"{path} has the shape {projection.shape}, the model gives {shape[-1]} dimensions; "
                "fit it to this model with `python -m rag.evaluation.projection`, or remove it"
            )
        prefix = self._shape.query_prefix
        return TokenModel(self.run, self.together, projection, self.limit, prefix)

    def count(self, text: str) -> int:
        """Return the tokens of a text, special tokens not counted."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return unit vectors, each the same whatever stands beside it.

        Raises:
            InputError: a text is empty.
            ConfigError: the folder's model cannot be run.
        """
        if any(not text.strip() for text in texts):
            raise InputError("an empty text cannot be embedded")
        return np.stack(self.together(self._vector, texts))

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a question."""
        vector: Vector = self.embed([f"{self._shape.query_prefix}{text}"])[0]
        return vector

    def run(self, text: str) -> Pass:
        """Run one text through the model; what is beyond its limit is left out.

        Raises:
            ConfigError: the folder's model cannot be run, or gives what its config does not say.
        """
        encoding = self._tokenizer.encode(text)
        ids = np.asarray([encoding.ids], dtype=np.int64)
        ones, zeros = np.ones_like(ids), np.zeros_like(ids)
        feed = {"input_ids": ids, "attention_mask": ones, "token_type_ids": zeros}
        try:
            outputs = self._session.run(None, {n: v for n, v in feed.items() if n in self._inputs})
        except Exception as error:  # its own errors have no common base
            raise ConfigError(
                f"{self._folder}/model.onnx cannot be run ({_first_line(error)}); it must take "
                f"{', '.join(feed)} as int64"
            ) from error
        states = next((out[0] for out in outputs if out.ndim == 3), None)
        own = next((out[0] for out in outputs if out.ndim == 2), None)
        vector = self._pooled(own, states)
        kept = np.flatnonzero(np.asarray(encoding.special_tokens_mask) == 0)
        offsets = np.asarray(encoding.offsets, dtype=np.intp).reshape(-1, 2)[kept]
        rows = states[kept] if states is not None else np.zeros((0, len(vector)), np.float32)
        return Pass(vector, offsets, np.asarray(rows, dtype=np.float32))

    def together(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Do something for each item, several at a time; in the order of the items."""
        if len(items) < 2 or self._threads < 2:
            return [work(item) for item in items]
        return list(self._pool.map(work, items))

    def close(self) -> None:
        """End the threads."""
        if "_pool" in self.__dict__:
            self._pool.shutdown(wait=False, cancel_futures=True)

    # -- inside ----------------------------------------------------------------------------------

    def _pooled(self, own: Matrix | None, states: Matrix | None) -> Vector:
        """Return the vector of a text, by the folder's way of pooling, at unit length."""
        pooling, wanted = self._shape.pooling, self._shape.dimension
        if pooling == "output" and own is not None:
            vector = own
        elif states is not None:
            vector = states[0] if pooling == "cls" else states.mean(axis=0)
        else:
            raise ConfigError(
                f"{self._folder}/model.onnx has no output for pooling {pooling!r}; name another in "
                "its config.json (output, mean or cls)"
            )
        if wanted and len(vector) != wanted:
            raise ConfigError(
                f"{self._folder}/model.onnx gives {len(vector)} dimensions, its config.json says "
                f"{wanted}; correct the one or the other"
            )
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length):
            raise ConfigError(f"{self._folder}/model.onnx gives numbers that are not finite")
        return np.asarray(vector / max(length, 1e-9), dtype=np.float32)

    def _digest(self) -> str:
        """Hash what shapes a vector."""
        digest = hashlib.sha256()
        for name in (*_NEEDED, "config.json", "projection.npy"):
            path = self._folder / name
            digest.update(path.read_bytes() if path.is_file() else b"")
        return digest.hexdigest()[:12]

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="embed")

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = self._folder / "model.onnx"
        try:
            return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its own errors have no common base
            raise ConfigError(f"{path} cannot be loaded ({_first_line(error)})") from error

    @cached_property
    def _inputs(self) -> frozenset[str]:
        return frozenset(one.name for one in self._session.get_inputs())

    @cached_property
    def _tokenizer(self) -> tokenizers.Tokenizer:
        tokenizer = self._load_tokenizer()
        tokenizer.enable_truncation(self._shape.max_tokens)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _counter(self) -> tokenizers.Tokenizer:
        tokenizer = self._load_tokenizer()
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def _load_tokenizer(self) -> tokenizers.Tokenizer:
        from tokenizers import Tokenizer

        path = self._folder / "tokenizer.json"
        try:
            return Tokenizer.from_file(str(path))
        except Exception as error:  # it raises bare exceptions
            raise ConfigError(f"{path} cannot be loaded ({_first_line(error)})") from error


def minilm(threads: int) -> LocalEmbedder:
    """Return the shipped all-MiniLM-L6-v2, int8: 384 dimensions, a pass of at most 510 tokens."""
    return LocalEmbedder(
        model_folder("minilm"), threads=threads, name="minilm", revision="r2", earlier=_EARLIER
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200]
