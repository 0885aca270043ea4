"""What can be told of a text by itself: words, sentences, names, roles, phrases, citations.

Its modules are its door: each is used by itself, and none loads anything heavy.
"""

__all__ = [
    "citations",
    "clip",
    "coined",
    "export",
    "fold",
    "json_replies",
    "languages",
    "manuscript",
    "manuscript_latex",
    "manuscript_markdown",
    "names",
    "notices",
    "phrases",
    "readable",
    "reading_list",
    "replies",
    "rhetoric",
    "sentences",
    "talk",
    "words",
]
