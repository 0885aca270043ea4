"""What computes: the embedding model, the model that writes, and how both are asked."""
