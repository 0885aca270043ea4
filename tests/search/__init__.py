"""Tests of rag/search."""
