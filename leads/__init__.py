"""The broker's desk: leads in both directions, from a suggestion to an agreement, and who made it."""
