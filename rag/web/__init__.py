"""The page, in Gradio: tabs whose handlers ask the assistant, and views that render records.

Its door is ``serve``, not imported here: views are used and tested without Gradio.
"""

__all__ = ["serve"]
