"""Tests of rag/evaluation."""
