"""What people want to be told of: saved searches, and what they follow."""
