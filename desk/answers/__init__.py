"""Answers that are kept: what was sent to another person, proposed, or asked to be kept; asked again; exported so that others can check."""
