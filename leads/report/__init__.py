"""The monthly report of a centre."""
