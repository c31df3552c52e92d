"""Nodes and edges as numpy columns, joined by row numbers."""
