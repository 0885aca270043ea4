"""From a topic to a cited summary of what the papers say about it."""
