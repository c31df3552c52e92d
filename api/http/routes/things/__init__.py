"""Routes of the graph's things: lists, one of them, rows of sources, sources, what was joined, what is known."""
