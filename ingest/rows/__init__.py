"""Cells by field to typed rows, without the cells that break a rule."""
