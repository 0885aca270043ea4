"""Tests of rag/web."""
