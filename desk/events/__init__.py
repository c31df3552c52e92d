"""Events: what happened that concerns somebody, to be read after a cursor, and pushed to webhooks."""
