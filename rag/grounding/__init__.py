"""Whether claims rest on the sentences they cite, and what to do when they do not."""

from rag.grounding.checks import Verdict, verify
from rag.grounding.claim import LONGEST, NEW, ClaimCheck, Weighed
from rag.grounding.draft import Draft, Statement, put_right
from rag.grounding.judge import Judge, ModelJudge
from rag.grounding.numbers import NOT_CITED
from rag.grounding.repair import Grounder

__all__ = [
    "LONGEST",
    "NEW",
    "NOT_CITED",
    "ClaimCheck",
    "Draft",
    "Grounder",
    "Judge",
    "ModelJudge",
    "Statement",
    "Verdict",
    "Weighed",
    "put_right",
    "verify",
]
