"""Files to raw rows: archives, encodings, CSV, JSON and files of office programs, each row with the line on which it starts."""
