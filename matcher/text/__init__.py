"""Texts as the matcher reads them: passages to embed, terms to count, terms of the other language."""
