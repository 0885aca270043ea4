"""What computes: the embedding model, the model that writes, and how both are asked."""

from rag.models.embed import Embedder, Vector, build_embedder
from rag.models.llm import ANSWER_TOKENS, ChatModel, Reply, build_model
from rag.models.prompting import as_data, fitting, source_lines
from rag.models.prompts import PROMPTS, Prompt, load_prompt

__all__ = [
    "ANSWER_TOKENS",
    "PROMPTS",
    "ChatModel",
    "Embedder",
    "Prompt",
    "Reply",
    "Vector",
    "as_data",
    "build_embedder",
    "build_model",
    "fitting",
    "load_prompt",
    "source_lines",
]
