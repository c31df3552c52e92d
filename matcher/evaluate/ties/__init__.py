"""Institutions that the asker worked with before and those that are new to it: baselines of dealings, and the blocks of the table."""
