"""Tests of rag/library."""
