"""What leans on the last question whole, undone by form: "Tell me more", "He did?", "Why?", "Where exactly?".

Each function returns the standalone query, or None where the follow-up is not of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.resolve.clauses import bare, opened, read_clause
from app.resolve.entities import answer_of, entities
from app.resolve.past import Past

__all__ = ["again", "ask_of_last"]

_WH = re.compile(
    r"^(?:(?:and|but|so)\s+)?(?:(?:in|on|at|from|to|by|for|since|with)\s+)?"
    r"(?:who|whom|whose|what|which|when|where|why|how(?: many| much| long| old| far| often)?)\b\s*",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(
    r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b", re.IGNORECASE
)
_LONGEST_ANSWER = 7  # words


_MORE = re.compile(
    r"^(?:(?:can|could|would) you )?(?:please )?(?:(?:tell|give|show) me (?:some |any )?more(?: details?| information)?"
    r"|more(?: details?| information)?|go on|continue|keep going|elaborate|(?:any |more |some )?details?|say more"
    r"|anything more|what more(?: do (?:you|we) know)?)(?: please)?"
    r"(?: (?:about|on) (?:it|this|that|him|her|them))?\s*[?.!]*$"
    r"|^(?:really|are you sure|is (?:that|this) (?:true|so|right)|seriously|did (?:he|she|they|it)"
    r"|(?:he|she|they|it|was|that) (?:did|was|is|has|had|were|does|do|will)|no way|how do you know(?: that)?"
    r"|who says(?: so| that)?|says who)\s*[?.!]*$",
    re.IGNORECASE,
)


def again(history: Sequence[Past], question: str) -> str | None:
    """For "Tell me more", "He did?": the last question again, with the name that answered it."""
    if not _MORE.search(question):
        return None
    past = history[-1]
    names = [e.text for e in entities(past) if e.answered and e.text.lower() not in past.query.lower()]
    return f"{bare(past.query)} ({names[0]})?" if names else past.query


# --- why, where exactly, who else -------------------------------------------------------------------------------------

_BARE = re.compile(
    r"^(why(?: not)?|when(?: exactly)?|where(?: exactly)?|who(?: exactly)?|how(?: exactly| so| come)?|how many|how much"
    r"|how long|how often|how far|by whom|since when|until when|what for|for what|for how long|from where|where from"
    r"|by how much|on what grounds|with whom|who with|against whom|to whom|from whom|in what way|at what time"
    r"|who else|what else|where else|when else|anyone else|anything else|what day|what year|which year"
    r"|(?:which|what) (?:ones?|countr(?:y|ies)|cit(?:y|ies)|day|month|company|team|part|group))"
    r"(?:\s+(?:is|was|were|did|has|does)\s+(?:that|this|it|he|she|they)(?:\s+(?:so|happen(?:ed)?|done|take place))?)?"
    r"(?:\s+exactly)?\s*[?.!]*$",
    re.IGNORECASE,
)
_SAID_ANEW = {
    "how come": "Why", "how so": "How", "what for": "Why", "for what": "Why", "on what grounds": "Why",
    "anyone else": "Who else", "anything else": "What else", "who with": "With whom", "where from": "From where",
    "why not": "Why",
}  # fmt: skip


_ASIDE = re.compile(
    r"^(?:why|when|where|how|by whom|since when|until when|for how long|from where|in what way|at what time"
    r"|what day|what year|which year|(?:which|what) (?:day|month|year)|by how much)$",
    re.IGNORECASE,
)


def ask_of_last(history: Sequence[Past], question: str) -> str | None:
    """For "Why?", "Where exactly?", "Who else?": the same asked of what the last question and its answer say."""
    match = _BARE.match(opened(question))
    if match is None:
        return None
    asking = re.sub(r"\s+exactly$", "", match.group(1), flags=re.IGNORECASE)
    asking = _SAID_ANEW.get(asking.lower(), f"{asking[:1].upper()}{asking[1:]}")
    past = history[-1]
    clause = read_clause(past.query) if _ASIDE.match(asking) else None
    if clause is not None:
        return f"{clause.asking(asking, answer_of(past))}?"
    rest = _body_of(past, answered=not asking.lower().endswith(" else"))
    return f"{asking} {rest}?" if rest else past.query


def _body_of(past: Past, *, answered: bool = True) -> str:
    """The last question without its question word, and the name that answered it: what "Why?" is about."""
    query = bare(opened(past.query))
    rest = _WH.sub("", query).strip()
    if rest == query and _AUXILIARY.match(rest):
        rest = rest[0].lower() + rest[1:]
    asks_who = re.match(r"(?:who|whose)\b", query, re.IGNORECASE) is not None
    if answered and past.short and asks_who and len(past.short.split()) <= _LONGEST_ANSWER:
        names = [e.text for e in entities(past) if e.answered] or [past.short]
        rest = f"{names[0]} {rest}" if names[0].lower() not in rest.lower() else rest
    return rest
