"""What a sentence does in an abstract."""

from __future__ import annotations

import pytest

from rag.rhetoric import Role, roles, without_connective
from rag.sentences import split

ABSTRACT: list[tuple[str, Role]] = [
    ("Video models matter.", "problem"),
    ("However, existing ones suffer from heavy cost.", "problem"),
    ("In this paper, we propose CheapNet, a small model.", "approach"),
    ("Specifically, tokens are merged in pairs.", "other"),
    ("CheapNet achieves 80.1% top-1 accuracy.", "result"),
    ("What remains unclear?", "problem"),
    ("Code is available at https://x.org.", "availability"),
]


def test_roles_of_an_abstract() -> None:
    sentences = split(" ".join(text for text, _ in ABSTRACT), title="CheapNet")
    assert roles(sentences) == ["title", *(role for _, role in ABSTRACT)]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("However, it is slow.", "It is slow."),
        ("In this work, we ask why.", "We ask why."),
        ("However it may be, it is slow.", "However it may be, it is slow."),
        ("iPhones win.", "iPhones win."),
    ],
)
def test_connectives(text: str, rest: str) -> None:
    assert without_connective(text) == rest
