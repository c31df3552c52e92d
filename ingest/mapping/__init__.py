"""Which column is which field: aliases of headers, native files, mappings by a TOML file, and drafts of such mappings."""
