"""Backups of an embedded store: made while it is in use, checked, and restored whole or not at all."""
