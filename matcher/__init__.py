"""Matching: embeddings, words, trust, and the pipeline from a question to an answer. Imports ``graph`` only."""
