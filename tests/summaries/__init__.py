"""Tests of rag/summaries."""
