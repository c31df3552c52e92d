"""Shapes of what the routes of people take and send, apart from what is stored."""
