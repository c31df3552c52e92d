"""Records to entities: which rows mean one institution or one expert."""
