"""What computes: the embedding model, the model that writes, and how both are asked."""

from rag.models.blas import blas_flags_ignored, one_blas_thread
from rag.models.embed import Embedder, Vector, build_embedder
from rag.models.embed_local import LocalEmbedder, TokenModel
from rag.models.llm import ANSWER_TOKENS, ChatModel, build_model
from rag.models.probe import Findings, probe
from rag.models.prompting import as_data, claims_schema, fitting, source_lines
from rag.models.prompts import PROMPTS, Prompt, load_prompt
from rag.models.reply import Reply
from rag.models.token_words import content_tokens

__all__ = [
    "ANSWER_TOKENS",
    "PROMPTS",
    "ChatModel",
    "Embedder",
    "Findings",
    "LocalEmbedder",
    "Prompt",
    "Reply",
    "TokenModel",
    "Vector",
    "as_data",
    "blas_flags_ignored",
    "build_embedder",
    "build_model",
    "claims_schema",
    "content_tokens",
    "fitting",
    "load_prompt",
    "one_blas_thread",
    "probe",
    "source_lines",
]
