"""Members: how people join an institution on the platform and sign in."""
