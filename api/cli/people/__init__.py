"""The commands of people and programs that act on the platform: keys, demands, contacts, files and the journal of it all."""
