"""The routes of what people do: demands, admissions, files, contacts, keys, members, sessions."""
