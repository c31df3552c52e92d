"""The routes: one small module per resource; a route calls one function."""
