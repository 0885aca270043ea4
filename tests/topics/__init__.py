"""Tests of rag/topics."""
