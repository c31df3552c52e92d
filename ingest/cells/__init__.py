"""Readers of single cells: one cell becomes one typed value, or breaks a rule that is told in plain words."""
