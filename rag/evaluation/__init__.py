"""Builds labelled material from a library, measures on it, and fits thresholds to it."""
