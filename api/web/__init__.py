"""Pages: self-contained HTML that needs no network."""
