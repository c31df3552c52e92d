"""Rights of persons: what is known of somebody and from where, objecting, being forgotten; contact columns offered to the contact book."""
