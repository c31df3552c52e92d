"""The store in one SQLite file: ``store`` (the verbs), ``file`` (connections and schema), ``check``."""
