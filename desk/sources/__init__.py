"""Sources: under which terms what they say may be shown again."""
