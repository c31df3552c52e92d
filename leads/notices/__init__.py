"""Notices: what members are told by letter of what they want to be told of, each thing once; feeds of saved searches."""
