"""Keeps numpy's BLAS to one thread while small matrices are compared.

Its threads wait for each other by spinning: beside another busy process a search took 36 ms with
two and 5 ms with one. What is compared here is small; work is spread over questions and papers.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


def one_blas_thread() -> AbstractContextManager[object]:
    """Return a context in which BLAS has one thread; about 0.02 ms."""
    limits: AbstractContextManager[object] = _controller().limit(limits=1)
    return limits


@cache
def _controller() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
