"""Raw cells to typed rows, or the rule that a cell breaks."""
