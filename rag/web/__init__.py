"""The page, in Gradio: tabs whose handlers ask the assistant, and views that render records.

Its doors are ``serve``, which puts it together, and ``listening``, which serves it; neither is
imported here: views are used and tested without Gradio.
"""

__all__ = ["listening", "serve"]
