"""The commands of what programs do on the platform: jobs, answers on record, and the journal of it all."""
