"""Figures for Prometheus: requests, answers by how they were written, seconds, papers."""

from __future__ import annotations

from collections.abc import Callable

from rag.errors import ConfigError
from rag.records import Answer
from rag.web.access import Request

try:
    import prometheus_client as prometheus
except ImportError:  # the extra is not installed
    prometheus = None  # type: ignore[assignment,unused-ignore]

# Seconds: an extractive answer takes 0.05, one of a large model 5 to 60.
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The figures of one page, in a registry of its own.

    Raises:
        ConfigError: prometheus-client is not installed.
    """

    def __init__(self, papers: Callable[[], int]) -> None:
        if prometheus is None:
            raise ConfigError(
                "--metrics needs prometheus-client; install it with `pip install "
                "'cited-rag[metrics]'`"
            )
        self._registry = prometheus.CollectorRegistry()
        self._requests = prometheus.Counter(
            "rag_requests",
            "Requests answered.",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._answers = prometheus.Counter(
            "rag_answers",
            "Answers given; grounded is false where the papers do not say.",
            ["mode", "grounded"],
            registry=self._registry,
        )
        self._seconds = prometheus.Histogram(
            "rag_answer_seconds",
            "Seconds from question to finished answer.",
            ["mode"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        gauge = prometheus.Gauge("rag_papers", "Papers in the library.", registry=self._registry)
        gauge.set_function(papers)

    def request(self, request: Request) -> None:
        """Count a request."""
        self._requests.labels(request.route, request.method, str(request.status)).inc()

    def answer(self, answer: Answer, seconds: float) -> None:
        """Count an answer and its seconds."""
        self._answers.labels(answer.mode, str(answer.grounded).lower()).inc()
        self._seconds.labels(answer.mode).observe(seconds)

    def text(self) -> bytes:
        """Return all of it as Prometheus reads it."""
        text: bytes = prometheus.generate_latest(self._registry)
        return text
