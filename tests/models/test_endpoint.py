"""What the failures of an endpoint mean."""

from __future__ import annotations

import subprocess
import sys

import httpx
import openai
import pytest

from rag.errors import ModelError, UnknownModelError
from rag.models.endpoint import Endpoint


@pytest.mark.parametrize(
    ("message", "names_no_model"),
    [
        pytest.param("Invalid model name passed in", True, id="invalid"),
        pytest.param("No such model: x", True, id="no such"),
        pytest.param("The model `x` does not exist.", True, id="does not exist"),
        pytest.param("Model x was not found", True, id="not found"),
        pytest.param("The models were not found", False, id="a longer word"),
        pytest.param("Invalid request", False, id="another fault"),
        pytest.param("The model is busy", False, id="another fault of the model"),
        pytest.param("The key was not found in the model", False, id="the other way round"),
    ],
)
def test_a_bad_request_may_be_about_the_name_of_the_model(
    message: str, names_no_model: bool
) -> None:
    endpoint = Endpoint("http://x.org", "", 1.0, "RAG_LLM")
    response = httpx.Response(400, request=httpx.Request("POST", "http://x.org"))
    with pytest.raises(ModelError) as caught, endpoint.translated("x"):
        raise openai.BadRequestError(message, response=response, body=None)
    assert isinstance(caught.value, UnknownModelError) is names_no_model


def test_nothing_of_openai_is_loaded_before_something_is_asked() -> None:
    code = "import sys, rag.wiring, rag.models; sys.exit('openai' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
