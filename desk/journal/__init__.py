"""The journal: what people and programs did on the platform, as chains of entries that show whether anything was changed."""
