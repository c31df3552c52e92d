"""Types of fields that public shapes share."""
