"""Files of office programs (.xlsx, .xls, .ods, .docx) to raw rows: each sheet, and each table of a text, is one table."""
