"""Answers, nodes and trust as a person reads them on a terminal."""
