"""What a person or a program does with the core, once, for every door: each use case is one function here."""
