"""The library over HTTP and as tools: OpenAI's chat completions, REST, MCP; beside the page."""

from rag.api.door import Door, build
from rag.api.pages import Pages

__all__ = ["Door", "Pages", "build", "tools"]
