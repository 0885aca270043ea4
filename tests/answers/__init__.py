"""Tests of rag/answers."""
