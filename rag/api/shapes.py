"""What requests carry, checked before anything is done; also what OpenAPI tells of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.checking import Form
from rag.records import MAX_QUERY, Hit, Paper

MAX_CHECKED = 100_000  # characters of a text that is checked; the command takes longer ones
Year = Annotated[int, Field(ge=0, le=9999)]
Words = Annotated[str, Field(max_length=300)]
Id = Annotated[str, Field(min_length=1, max_length=500)]
Question = Annotated[str, Field(min_length=1, max_length=MAX_QUERY)]
_EXAMPLE = "How does VideoMAE V2 cut the cost of pre-training?"


class FilterSet(BaseModel):
    """Which papers are looked at; all that is given must hold."""

    model_config = ConfigDict(extra="forbid")

    year: Year | None = None
    year_from: Year | None = None
    year_to: Year | None = None
    author: Words | None = None
    venue: Words | None = None
    source: Words | None = None
    collection: Words | None = None
    topic: Words | None = None
    ids: Annotated[list[Id], Field(max_length=10_000)] | None = None

    def given(self) -> dict[str, Any]:
        """Return what is set, as ``Assistant.search`` takes it."""
        return {name: value for name, value in self if value not in (None, "")}


class _Asking(BaseModel):
    model_config = ConfigDict(extra="forbid")

    filters: FilterSet | None = None

    @property
    def limits(self) -> dict[str, Any] | None:
        """The filters, as ``Assistant`` takes them."""
        return (self.filters.given() or None) if self.filters else None


class SearchRequest(_Asking):
    """What to look for."""

    query: Question = Field(examples=["masked autoencoders for video"])
    k: int = Field(default=10, ge=1, le=100, description="papers to return")


class AskRequest(_Asking):
    """A question, with the answers before it as they were given."""

    question: Question = Field(examples=[_EXAMPLE])
    history: list[Any] = Field(default=[], max_length=100, description="earlier answers")
    without: list[Words] = Field(
        default=[], max_length=20, description='what shall not be read into it, as "reading"'
    )
    extractive: bool = Field(default=False, description="ask no model")
    stream: bool = Field(default=False, description="send events: text, answer, error")


class SummarizeRequest(_Asking):
    """A topic in words."""

    topic: Question = Field(examples=["efficient video transformers"])
    stream: bool = Field(default=False, description="send events: text, summary, error")


class CheckRequest(_Asking):
    """A text to be checked."""

    text: str = Field(
        min_length=1,
        max_length=MAX_CHECKED,
        examples=["VideoMAE V2 uses a dual masking strategy for efficient pre-training."],
    )
    form: Form | None = Field(default=None, description="what it is written in; else it is told")


class ExportRequest(BaseModel):
    """Answers to be carried away, or papers by their ids."""

    model_config = ConfigDict(extra="forbid")

    form: Literal["markdown", "bibtex", "ris", "csl-json"] = "markdown"
    answers: list[Any] = Field(default=[], max_length=200)
    ids: list[Id] = Field(default=[], max_length=1_000, examples=[[]])


class Hits(BaseModel):
    """The papers found, best first."""

    hits: list[Hit]


class PapersPage(BaseModel):
    """Some papers, and how many there are."""

    papers: list[Paper]
    total: int


class Removed(BaseModel):
    """What was removed."""

    removed: list[str]


class Failure(BaseModel):
    """Why a request was not answered."""

    message: str
    type: str
    param: str | None
    code: str | None
    request_id: str


class Failed(BaseModel):
    """An error, as OpenAI's clients read it."""

    error: Failure
