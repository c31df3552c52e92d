"""Files -> the graph: typed rows, resolution of institutions and experts, a report that adds up."""
