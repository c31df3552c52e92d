"""Whom what happens with leads, meetings, saved searches and what is followed concerns."""
