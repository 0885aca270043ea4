"""Tests of rag/grounding."""
