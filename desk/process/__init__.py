"""Processes: what may be done with a thing, by whom and when, as tables that every door, the documentation and the tests read."""
