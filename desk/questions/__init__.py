"""Questions beside the single one: many at once, and what all of them are scored by."""
