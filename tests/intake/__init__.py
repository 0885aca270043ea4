"""Tests of rag/intake."""
