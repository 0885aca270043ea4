"""What a model says that is no claim: small talk, headings, reference lists, refusals. Pure."""

from __future__ import annotations

import re

# "NO ANSWER", "**No answer.**", "no_answer"; not "No answer is given".
_NO_ANSWER = re.compile(r"[\W_]*no[\s_-]*answer[\W_]*", re.IGNORECASE)
_THEM = (
    r"(?:the |these |those |any of the |none of the |given |provided |cited |available |above )*"
    r"(?:source|sentence|paper|abstract|text|context|passage|document|librar|material|excerpt"
    r"|information|data|stud|article|reference|quer|extract)\w*"
    r"(?: (?:that (?:were|are|you)|you)? ?(?:provided|given|listed|above|supplied|available))?"
)
_TELL = (
    r"(?:mention|contain|provide|state|say|specify|answer|include|address|discuss|give|tell|describe"
    r"|report|offer|reveal|indicate|cover|explain|support)\w*"
)
_NOT = r"(?:do|does|did|is|are|was|were|has|have|can)(?: not|n['’]t)"
# "The sources do not mention it", "I cannot answer", "There is no information about …", "I'm sorry,
# but …", "None of the papers says …", "Not mentioned"; not "The method does not need labels".
_REFUSAL = re.compile(
    rf"\W*(?:NO ANSWER\b.*"
    rf"|(?:(?:unfortunately|sorry|i apologi[sz]e|i['’]m sorry|however|based on {_THEM})\W++"
    rf"(?:but )?)*"
    rf"(?:{_THEM} (?:{_NOT}|cannot|fails? to) (?:explicitly |directly |specifically )?{_TELL}"
    rf"|(?:none|neither) of {_THEM} .*"
    rf"|no (?:source|sentence|paper|abstract|information|answer|relevant|specific|mention|details?)"
    rf"\w*\b.{{0,60}}\b(?:mention|provid|found|given|contain|stated|available|answer|address)\w*"
    rf"|(?:i|we) (?:cannot|can['’]t|am unable to|could not|couldn['’]t|do(?: not|n['’]t)) "
    rf"(?:answer|find|provide|determine|know|have)"
    rf"|there (?:is|are|was) (?:no|not enough|insufficient|not any) "
    rf"(?:information|mention|answer|evidence|data|details?|sentence|source|paper|relevant)"
    rf"|(?:it|this|that|the (?:answer|question)) (?:{_NOT}|cannot be) (?:mentioned|stated|answered"
    rf"|given|found|provided|specified|addressed|determined|possible to)"
    rf"|(?:insufficient|not enough|no relevant) (?:information|evidence|data|context)"
    rf"|not (?:mentioned|stated|answered|provided|specified|addressed|available|found)\b"
    rf"|sorry\W*$|i['’]m sorry\W*$))",
    re.IGNORECASE | re.DOTALL,
)
# "the sources", "provided sentences", "NO ANSWER"; not "the data", "resources".
_SOURCES = re.compile(
    r"\b(?:sources?|sentences?|abstracts?|contexts?|passages?|excerpts?|provided|given|no answer)"
    r"\b",
    re.IGNORECASE,
)
# "Sure! Here is the answer:", "Based on the provided sources:", "I hope this helps!", "Let me know
# …"; not "Here are 3 masks that", "Sure starts converge".
_TALK = re.compile(
    r"\W*(?:(?:sure|certainly|of course|absolutely|great question|good question|happy to help"
    r"|okay|ok)\W*)*(?:|here(?:['’]s| is| are) (?:the|an?|my|your|what|some)?\b.{0,80}:?"
    r"|(?:based on|according to|from) (?:the )?(?:provided|given|above|following|cited|source)"
    r"[\w ]{0,40}:?"
    r"|(?:i )?hope (?:this|that|it) helps.*|let me know\b.*|feel free\b.*|if you (?:have|need|want"
    r"|would)\b.*|please (?:let|note|feel)\b.*|the (?:answer|final answer|response)(?: is)?:?"
    r"|(?:final )?answers?:?|question:.*|claims?:?|output:?|response:?|summary:?|in summary:?"
    r"|note:.*|as an ai\b.*|i (?:will|['’]ll|have|am going to) (?:now )?(?:answer|write|provide"
    r"|cite|use|list|summari)\w*.*|let['’]s\b.*|end of (?:answer|response).*|thank you.*)[\W_]*",
    re.IGNORECASE | re.DOTALL,
)
# "Explanation: …", "I chose the sentence because …"; not "We chose 12 layers".
_ASIDE = re.compile(
    r"\W*(?:(?:explanation|reasoning|rationale|justification)\W*:"
    r"|i (?:have )?(?:chose|chosen|used|selected|cited|based|relied)\b)",
    re.IGNORECASE,
)
# What a reply may hold that is no claim: "## Heading", "**Findings:**", "---", "```python",
# "| --- |"; not "It works", "#hash".
_STRUCTURE = re.compile(r"#{1,6}\s.*|\**[^.!?]{1,60}:\**|[\s`~|=*_:-]*|```\w*", re.DOTALL)
# "References", "## Sources:", "**Bibliography**"; not "Sources differ".
_REFERENCES = re.compile(
    r"[#*\s]*(?:references|sources|citations|bibliography|works cited|source ids|cited sources)"
    r"[:*\s]*",
    re.IGNORECASE,
)
# A label in front of what is said: "Answer: It grows", "**Claim 2:** It"; not "ReefNet: corals".
_LABEL = re.compile(
    r"^[\s*_#>]*(?:final answer|answer|claim(?: \d{1,2})?|text|response|summary|output)"
    r"[\s*_]*:[\s*_]*(?=\S)",
    re.IGNORECASE,
)


def is_no_answer(text: str) -> bool:
    """Whether a reply, or its first line, is the refusal that the prompt asks for."""
    return bool(_NO_ANSWER.fullmatch(text))


def is_refusal(text: str, *, cites: bool = False) -> bool:
    """Whether a sentence says, in whatever words, that the sources do not tell.

    One that cites (``cites``) must speak of them: "The data do not support it" may be a finding.
    """
    start = text[:400]
    told = bool(_REFUSAL.match(start))
    return told and not (cites and not _SOURCES.search(start))


def is_talk(text: str) -> bool:
    """Whether a sentence is talk around an answer, or a mark of its form, and claims nothing."""
    return bool(_STRUCTURE.fullmatch(text) or _TALK.fullmatch(text[:400]))


def is_aside(text: str) -> bool:
    """Whether a sentence speaks of how the answer was made, and not of the papers."""
    return bool(_ASIDE.match(text))


def begins_references(line: str) -> bool:
    """Whether a list of references follows a line, which was not asked for."""
    return bool(_REFERENCES.fullmatch(line))


def without_label(text: str) -> str:
    """Return a sentence without what labels it as the answer."""
    return _LABEL.sub("", text, count=1)
