"""What a reader has to know beside a count: what it leaves out that one might have thought in it. All bounded work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.counting_questions import CountQuestion, Topic
from app.counting_words import listed
from app.coverage import things
from app.mentions import content_words
from store import ArticleMentions, Filters, Store

__all__ = ["inflections", "notes_on_count"]

_RARE = 20  # articles: of a word in more of them nobody asks where else it stands
_MOST_READ = 3_000  # texts that are read for a word in what was left out: a third of a second
_MOST_FOR_INFLECTIONS = 300
_MOST_PASSAGES = 4_000  # that hold a word, for it to be looked up beside the phrase it is in


def notes_on_count(
    archive: Store, filters: Filters, asked: CountQuestion, found: Sequence[ArticleMentions], *, time_ignored: bool
) -> tuple[str, ...]:
    """The notes on a count that found those articles."""
    notes = [f"The count is not narrowed by “{asked.timed}”."] if time_ignored else []
    topic = asked.topic
    if topic is None or not topic.phrases:
        return tuple(notes)
    if topic.about and not topic.quoted:
        words = listed([f"“{p}”" for p in topic.phrases], "or" if topic.any_of else "and")
        notes.append(f"Counted by words: an article is about it if its text or headline holds {words}.")
    only_headline = sum(not m.spans for m in found)
    if only_headline and not topic.headline:
        notes.append(
            f"{only_headline:,} of the articles {'has' if only_headline == 1 else 'have'} it in the headline only."
        )
    if len(topic.phrases) == 1 and not topic.without and not topic.headline and asked.by is None:
        notes += _on_one_phrase(archive, filters, topic, found)
    return tuple(notes)


def _on_one_phrase(archive: Store, filters: Filters, topic: Topic, found: Sequence[ArticleMentions]) -> Iterator[str]:
    phrase = topic.phrases[0]
    counted = {m.article.article_id for m in found}
    if len(found) <= _MOST_FOR_INFLECTIONS:
        for other in inflections(phrase):
            more = len({m.article.article_id for m in archive.mentions(other, filters=filters)} - counted)
            if more:
                yield f"“{other}” is in {things(more, 'more article')}, not counted here."
    words = content_words(phrase)
    looked_up = len(found) <= _RARE and len(words) > 1 and not topic.quoted
    if looked_up and all(archive.document_frequency(word) <= _MOST_PASSAGES for word in words):
        each = [{m.article.article_id for m in archive.mentions(word, filters=filters)} for word in words]
        more = len(set.intersection(*each) - counted)
        if more:
            spread = listed([f"“{word}”" for word in words], "and")
            yield f"{things(more, 'more article')} {'holds' if more == 1 else 'hold'} {spread}, not in a row."
    if len(found) <= _RARE and archive.coverage(filters).n_articles <= _MOST_READ:
        left_out = archive.left_out(phrase, filters=filters)
        files = sum(len(m.sources) for m in left_out)
        if files:
            what = "words stand" if len(phrase.split()) > 1 else "word stands"
            yield (
                f"In {things(files, 'file')} the {what} only in what was left out as not part of the article: "
                f"{listed([s for m in left_out for s in m.sources][:3], 'and')}{', and others' * (files > 3)}."
            )


def inflections(phrase: str) -> tuple[str, ...]:
    """The same phrase in the singular or plural, as far as English spelling tells: "drones" for "drone"."""
    found = re.search(r"[A-Za-z]{3,}$", phrase)
    if found is None or found[0].isupper():
        return ()
    start, word = phrase[: found.start()], found[0]
    if re.search(r"(?:[^aeiou]y)$", word):
        forms = [word[:-1] + "ies"]
    elif re.search(r"(?:s|x|z|ch|sh)$", word) and not re.search(r"[^s]s$", word):
        forms = [word + "es"]
    elif word.endswith("ies") and len(word) > 4:
        forms = [word[:-3] + "y", word[:-1]]
    elif re.search(r"(?:ss|x|z|ch|sh)es$", word):
        forms = [word[:-2]]
    elif word.endswith("s"):
        forms = [word[:-1], word + "es"]
    else:
        forms = [word + "s"]
    return tuple(start + form for form in forms)
