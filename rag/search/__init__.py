"""From a query to ranked papers, the evidence in them, and whether it is enough."""
