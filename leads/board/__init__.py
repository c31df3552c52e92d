"""The board: all leads of a store in memory, as columns, from which every list is made."""
