"""Trust as it is told: to whom in full and to whom in words, and what the party that evidence is about says to it."""
