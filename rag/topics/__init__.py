"""From a library to its topics and the map of them."""
