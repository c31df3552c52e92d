"""What every route does alike: pages of lists, tags of what is sent, requests that are done once, and how many there may be."""
