"""Benchmarks: each prints figures of one run, ours beside something to compare with."""
