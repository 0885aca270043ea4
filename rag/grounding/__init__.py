"""Whether claims rest on the sentences they cite, and what to do when they do not."""
