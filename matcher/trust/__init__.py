"""What an asker may believe of a partner, from items of evidence to points."""
