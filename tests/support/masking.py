"""A question whose answer is known, and true claims about its paper."""

from __future__ import annotations

# Faithful paraphrases of sentences 5, 6 and 7 of the paper that the question is about.
MASKING = "A dual masking strategy gives encoder and decoder different subsets of video tokens"
COST = "Masking the decoder further reduces the overall computational cost"
BILLION = "It enables efficient pre-training of billion-level video models"
QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"
