"""The page: its tabs, and what is shown around them."""

from __future__ import annotations

import gradio as gr

from rag.assistant import Assistant
from rag.web import frame_html
from rag.web.asking import Asking
from rag.web.chat_tab import ChatTab
from rag.web.check_tab import CheckTab
from rag.web.events import QUIETLY, Update, handler, html
from rag.web.library_tab import LibraryTab
from rag.web.reading_tab import ReadingTab
from rag.web.topics_tab import TopicsTab
from rag.work import Work

WAITING = 100  # questions that may wait; the next one is told to come back
KEPT = 3600  # seconds an uploaded file is kept


def build(assistant: Assistant, work: Work) -> gr.Blocks:
    """Return the page over an assistant; ``work`` is told what it does."""
    blocks: gr.Blocks
    with gr.Blocks(
        title="cited-rag", analytics_enabled=False, fill_width=True, delete_cache=(KEPT, KEPT)
    ) as blocks:
        badge, starred = html(elem_id="badge"), html(elem_id="starred")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Chat", id="chat"):
                chat = ChatTab(assistant, Asking(assistant, work))
            with gr.Tab("Topics", id="topics-tab") as turned_to:
                topics = TopicsTab(assistant, work)
            with gr.Tab("Check", id="check"):
                CheckTab(assistant, work).wire()
            with gr.Tab("Library", id="library"):
                library = LibraryTab(assistant)
            with gr.Tab("Reading list", id="reading-tab") as turned_to_list:
                reading = ReadingTab(assistant, starred)
        tabs = (chat, topics, library)
        places = [badge, *(one for tab in tabs for one in tab.outputs)]

        @handler
        def open_page(request: gr.Request) -> Update:
            review = topics.at(request.query_params.get("review", ""), request.username or "")
            return {
                badge: _badge(assistant),
                **library.open(request),
                **review,
                **chat.open(request),
            }

        opened = blocks.load(open_page, None, places, **QUIETLY)
        library.wire()
        starring = (library.paper, chat.sources, topics.sources, topics.paper)
        reading.wire(turned_to_list.select, *starring)
        topics.wire(turned_to.select, opened)
        chat.wire(opened)
    blocks.queue(max_size=WAITING, api_open=False)
    return blocks


def _badge(assistant: Assistant) -> str:
    settings = assistant.settings
    return frame_html.header(
        model=settings.llm_model if settings.has_llm else "",
        endpoint=settings.openai_base_url,
    )
