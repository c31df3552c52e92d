"""Files to raw rows: archives, encodings, CSV, JSON and workbooks, each row with the line on which it starts."""
