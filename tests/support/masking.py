"""A question whose answer is known, and true claims about its paper."""

from __future__ import annotations

# Faithful paraphrases of sentences 5, 6 and 7 of the paper that the question is about; the second
# says whose strategy it is, so that it can be cited anew.
MASKING = "A dual masking strategy gives encoder and decoder different subsets of video tokens"
NAMED = f"VideoMAE V2 has a dual masking strategy {MASKING.partition('strategy ')[2]}"
COST = "Masking the decoder further reduces the overall computational cost"
BILLION = "It enables efficient pre-training of billion-level video models"
QUESTION = "How does VideoMAE V2 cut the cost of pre-training?"
