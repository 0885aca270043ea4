"""From a library to its topics and the map of them."""

from rag.topics.discover import group
from rag.topics.library_topics import LibraryTopics, of_papers

__all__ = [
    "LibraryTopics",
    "group",
    "of_papers",
]
