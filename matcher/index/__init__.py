"""A store as questions read it: immutable generations, what makes a Scale, and snapshots that follow the store."""
