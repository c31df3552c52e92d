"""The things of the graph: listed, read, fed row by row and taken back."""
