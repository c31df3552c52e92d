"""Rows that a program feeds: read as the rows of a file are, told as they are stored, taken back."""
