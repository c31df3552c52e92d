"""The one pipeline from a question to an answer."""
