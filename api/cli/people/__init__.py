"""The commands of people who act on the platform: members, demands, admissions, contacts, files, keys, rights of persons."""
