"""Matchmaking events: leads are invited to a table, seated without clashes, and followed up."""
