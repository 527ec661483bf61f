"""PDF becomes source text: the lines of its text layer, page after page.

A PDF says where characters stand and not what they are: its source text is its lines, as hard-wrapped and hyphenated as
they are printed, with a blank line where a gap sets paragraphs apart. Guarantee: what is scanned, damaged, protected or
made to exhaust memory or time is a ReadError, after a bounded amount of work.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import logging
import math
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.decode import damage_of
from ingest.errors import ReadError
from ingest.read import SourceText

__all__ = ["read_pdf"]

_MOST_PAGES = 2_000
_MOST_OPERATIONS = 2_000_000  # drawing commands of all pages; a page of a newspaper has a thousand or two
_MOST_STREAM_BYTES = 10_000_000  # of one stream, unpacked; the commands of a page have some ten thousand
_MOST_CONTENT_BYTES = 100_000_000  # commands of all pages
_LONGEST_S = 120.0  # a last resort: the limits above do not know what each command costs
_STREAMS = (
    *("array_based_stream_maximum_output_length", "lzw_maximum_output_length", "run_length_maximum_output_length"),
    *("zlib_maximum_output_length", "brotli_maximum_output_length"),
)
_LONGEST_HINT = 1_000  # characters: what is longer is no title, name or date
_NO_CHARACTER = re.compile("[\0-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_GLYPH_NAME = re.compile(r"/(?:g|gid|glyph|cid|C|G)\d+")
_UNREADABLE_SHARE = 0.1  # of the characters; fonts that do not say which letters they show
_STEP, _LETTER = 1.3, 1.6  # a gap between paragraphs, in usual steps from line to line, and in sizes of a letter
_OTHER_SIZE = 1.15  # times as large: a heading


def read_pdf(data: bytes) -> SourceText:
    """The text layer of a PDF, its pages parted by newlines.

    Raises:
        ReadError: It has no text layer, is protected, damaged or too large.
    """
    import pypdf
    from pypdf import errors

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every oddity
    limits = dict.fromkeys(_STREAMS, _MOST_STREAM_BYTES) | {"xform_maximum_invocations_per_extraction": 500}
    try:
        with pypdf.apply_configuration(**limits):
            return _read(pypdf.PdfReader(io.BytesIO(data), root_object_recovery_limit=1_000))
    except ReadError:
        raise
    except errors.FileNotDecryptedError as error:
        raise ReadError("it is protected by a password; save it again without one") from error
    except (errors.DependencyError, NotImplementedError) as error:  # AES, or a method of someone's own
        raise ReadError("it is encrypted; open it and save or print it again without protection") from error
    except errors.LimitReachedError as error:
        raise ReadError(_too_complex(str(error))) from error
    except Exception as error:  # damage trips pypdf in more ways than it has names for
        raise ReadError(_damaged(error)) from error


def _read(reader: Any) -> SourceText:
    count = len(reader.pages)
    if count > _MOST_PAGES:
        raise ReadError(f"it has {count} pages, more than {_MOST_PAGES}; split it into one file an article")
    pages, budget = _Pages(), _Budget(time.monotonic() + _LONGEST_S)
    for page in reader.pages:
        pages.add(page, budget)
    if not pages.texts:
        if pages.error is not None:
            raise ReadError(_damaged(pages.error)) from pages.error
        if pages.scanned:
            raise ReadError(f"scanned: {count} page{'s hold' if count > 1 else ' holds'} no text; run OCR on it")
        raise ReadError("its pages hold no text and no picture")
    text = "\n".join(pages.texts)
    lost = len(_NO_CHARACTER.findall(text)) + sum(map(len, _GLYPH_NAME.findall(text)))
    if lost > _UNREADABLE_SHARE * len(text):
        raise ReadError("its text layer is unreadable: its fonts do not say which letters they show; run OCR on it")
    text = _NO_CHARACTER.sub("\ufffd", text)
    notes = (*pages.notes(count), *damage_of(text))
    return SourceText(text, "pdf", "application/pdf", hints=tuple(_hints(reader)), notes=notes)


@dataclass(slots=True)
class _Budget:
    """What may still be done for one file."""

    until: float
    operations: int = _MOST_OPERATIONS
    content_bytes: int = _MOST_CONTENT_BYTES

    def spend(self, *, operations: int = 0, content_bytes: int = 0) -> None:
        self.operations -= operations
        self.content_bytes -= content_bytes
        if self.operations < 0 or self.content_bytes < 0:
            raise ReadError(_too_complex("its pages hold too many drawing commands"))
        if time.monotonic() > self.until:
            raise ReadError(_too_complex(f"reading it takes longer than {_LONGEST_S:.0f} s"))


@dataclass(slots=True)
class _Pages:
    """The pages that hold text, and how many do not."""

    texts: list[str] = field(default_factory=list)
    scanned: int = 0
    damaged: int = 0
    error: Exception | None = None

    def add(self, page: Any, budget: _Budget) -> None:
        from pypdf.errors import DependencyError, FileNotDecryptedError

        try:
            text = _page_text(page, budget).strip()
            self.scanned += not text and _shows_picture(page)
        except (ReadError, DependencyError, FileNotDecryptedError):
            raise
        except Exception as error:  # as above; one damaged page does not take the others with it
            self.damaged += 1
            self.error = error
            return
        if text:
            self.texts.append(text)

    def notes(self, count: int) -> Iterator[str]:
        pages = f"of {count} pages"
        if self.scanned:
            yield f"{self.scanned} {pages} hold{'s' * (self.scanned == 1)} no text: probably scanned"
        if self.damaged:
            yield f"{self.damaged} {pages} {'is' if self.damaged == 1 else 'are'} damaged and could not be read"


def _page_text(page: Any, budget: _Budget) -> str:
    from pypdf.generic import ContentStream, NameObject

    budget.spend()
    if page.get("/Contents") is None:
        return ""
    content = ContentStream(page["/Contents"], page.pdf, "bytes")
    budget.spend(content_bytes=len(content.get_data()))
    page[NameObject("/Contents")] = content  # so that it is unpacked once
    lines = _Lines()
    text = page.extract_text(visitor_operand_before=lambda *_: budget.spend(operations=1), visitor_text=lines.add)
    return lines.with_gaps(str(text))


@dataclass(slots=True)
class _Line:
    """A line of a page: where its baseline is, and how large most of its letters are."""

    words: str = ""
    down: float = 0.0
    size: float = 0.0
    most: int = 0

    def add(self, words: str, down: float, size: float) -> None:
        if words.strip() and len(words) > self.most:
            self.size, self.most = size, len(words)
        self.down = self.down if self.words.strip() else down
        self.words += words


@dataclass(slots=True)
class _Lines:
    """The pieces of a page's text, and of each where it stands."""

    pieces: list[tuple[str, float, float]] = field(default_factory=list)

    def add(self, text: str, place: Sequence[float], within: Sequence[float], _font: object, size: float) -> None:
        down = within[4] * place[1] + within[5] * place[3] + place[5]
        across = within[2] * place[0] + within[3] * place[2]
        upright = within[2] * place[1] + within[3] * place[3]
        self.pieces.append((text, down, abs(size) * math.hypot(across, upright)))

    def with_gaps(self, text: str) -> str:
        """`text`, its blank lines where the page sets paragraphs apart and nowhere else."""
        if "".join(piece for piece, _, _ in self.pieces) != text:
            return text
        lines = [_Line()]
        for piece, down, size in self.pieces:
            first, *others = piece.split("\n")
            lines[-1].add(first, down, size)
            for words in others:
                lines.append(_Line())
                lines[-1].add(words, down, size)
        lines = [line for line in lines if line.words.strip()]
        pairs = list(itertools.pairwise(lines))
        steps = [above.down - line.down for above, line in pairs]
        usual = statistics.median([step for step in steps if step > 0] or [0.0])
        gapped = [lines[0].words] if lines else []
        for above, line in pairs:
            gapped += [""] * _is_gap(above, line, usual) + [line.words]
        return "\n".join(gapped)


def _is_gap(above: _Line, line: _Line, usual: float) -> bool:
    """Whether more than the next line of a paragraph begins: below a gap, or in letters of another size."""
    step, sizes = above.down - line.down, sorted((above.size, line.size))
    return (step > _STEP * usual and step > _LETTER * sizes[1]) or (step > 0 and sizes[1] > _OTHER_SIZE * sizes[0] > 0)


def _shows_picture(page: Any) -> bool:
    """Whether a page draws anything but lines of its own: a blank page is no scanned one."""
    resources = page.get("/Resources")
    resources = resources.get_object() if resources is not None else {}
    return bool(resources.get("/XObject")) or b" ID" in page["/Contents"].get_data() if "/Contents" in page else False


def _hints(reader: Any) -> Iterator[tuple[str, str]]:
    """What the document's information says; damage there costs nothing else."""
    for name, of in (("title", "title"), ("author", "author"), ("subject", "subject"), ("created", "creation_date")):
        try:
            value = getattr(reader.metadata, of, None)
        except Exception:  # as above
            continue
        said = value.isoformat() if isinstance(value, dt.datetime) else value
        said = " ".join(_NO_CHARACTER.sub(" ", said).split()) if isinstance(said, str) else ""
        if said:
            yield f"pdf:{name}", said[:_LONGEST_HINT]


def _damaged(error: Exception) -> str:
    why = " ".join(str(error).split())[:100] or type(error).__name__
    return f"it is a damaged PDF file ({why}); open it and save or print it to PDF again"


def _too_complex(why: str) -> str:
    return f"it is too complex a PDF file to be read ({why}); print it to PDF again, or split it"
