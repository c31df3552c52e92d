"""Commands of the broker's desk."""
