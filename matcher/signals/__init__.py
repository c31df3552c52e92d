"""Meaning and words of every text for one question, on the Scale of the corpus."""
