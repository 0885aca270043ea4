"""The page: Gradio in front of an ``Assistant``, for ``rag serve``."""
