"""How leads are found: over the whole graph, for one need, for one institution that offers; how many are suggested, and to whom."""
