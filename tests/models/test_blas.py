"""One BLAS thread while anybody is comparing, and as many as before when nobody is."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from rag.models import one_blas_thread


def blas_threads() -> set[int]:
    """Return the threads of numpy's BLAS; scipy, where a test has loaded it, brings its own."""
    pools = (pool for pool in threadpool_info() if pool["user_api"] == "blas")
    return {pool["num_threads"] for pool in pools if "numpy" in pool["filepath"]}


def test_those_inside_share_the_limit_and_the_last_lifts_it() -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        assert blas_threads() == {2}
        first, second = one_blas_thread(), one_blas_thread()
        first.__enter__()
        second.__enter__()
        assert blas_threads() == {1}
        first.__exit__(None, None, None)  # they overlap: neither is inside the other
        assert blas_threads() == {1}
        second.__exit__(None, None, None)
        assert blas_threads() == {2}


def test_a_failure_lifts_it_too() -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        with pytest.raises(ValueError, match="no"), one_blas_thread():
            raise ValueError("no")
        assert blas_threads() == {2}
