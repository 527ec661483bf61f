"""From files to articles that can be searched: found, read, selected, split, encoded, and handed to a sink.

    files       which files are to be articles
    containers  files that hold many: records of a list or a table, members of an archive, pages of a crawl
    read        a file becomes source text, whatever its format: text and HTML itself, others with the files below
    decode      bytes become characters; a guessed encoding and damage are told
    pdf         the text layer of a PDF
    docx        a Word document as the page that it would be
    mail        a mail's visible body, or a saved page
    markdown    the title and front matter of a Markdown text
    body        which spans of it are the article
    metadata    headline, outlet, byline, date, each with its basis
    duplicates  what a body is to another: a copy, a version, neither
    clusters    copies around one canonical article, whatever the order they came in
    split       the article becomes passages: whole sentences, exact spans
    encode      passages become unit vectors
    pipeline    those steps as one LlamaIndex pipeline, run a batch at a time
    batch       what the job, the pipeline and the sink hand each other
    stages      reading, encoding and writing side by side
    cluster     the same steps by the workers of a Ray cluster
    job         what changed goes through the pipeline, and each batch to the sink in one commit

Importing this package loads none of the heavy parts; a name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.article import Article, Passage, PublicationDate, Span
    from ingest.batch import Batch, FileState, PreparedArticle, Progress, Report, SetAside, Sink
    from ingest.files import find_files
    from ingest.job import ingest

__all__ = [
    "Article",
    "Batch",
    "FileState",
    "Passage",
    "PreparedArticle",
    "Progress",
    "PublicationDate",
    "Report",
    "SetAside",
    "Sink",
    "Span",
    "find_files",
    "ingest",
]

_HOMES = dict.fromkeys(__all__, "ingest.batch") | {
    "Article": "ingest.article",
    "Passage": "ingest.article",
    "PublicationDate": "ingest.article",
    "Span": "ingest.article",
    "find_files": "ingest.files",
    "ingest": "ingest.job",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'ingest' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
