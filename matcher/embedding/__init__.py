"""Passages to vectors, by way of a cache, and vectors in 8 bits."""
