"""What can be told of a text by itself: words, sentences, names, roles, phrases, citations."""
