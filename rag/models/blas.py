"""Keeps numpy's BLAS to one thread while small matrices are compared, and its flags quiet.

Its threads wait for each other by spinning: beside another busy process a search took 36 ms with
two and 5 ms with one, an ingest 2.3 times a bare pass of the model and 1.4. What is compared here
is small; work is spread over questions and papers.

OpenBLAS may leave the processor's invalid flag set after a product of finite numbers (numpy issues
13173 and 24067), which numpy then tells as a warning. What is compared here is finite: vectors are
checked where a model gives them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

blas_flags_ignored = np.errstate(invalid="ignore")  # as a decorator: entered anew at each call
_COUNTING = threading.Lock()
_inside = 0
_limiter: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Give BLAS one thread until the last of those inside, in any thread, has left; 0.02 ms.

    The limit holds for the whole process, so it may not be lifted while another is inside, nor may
    one that finds it set put that back as what was before.
    """
    global _inside, _limiter  # noqa: PLW0603  # the state of the process, as the limit itself is
    with _COUNTING:
        if not _inside:
            _limiter = _controller().limit(limits=1)
        _inside += 1
    try:
        yield
    finally:
        with _COUNTING:
            _inside -= 1
            if not _inside:
                _limiter.restore_original_limits()


@cache
def _controller() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
