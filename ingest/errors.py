"""Every error Dateline raises on purpose, in one tree.

    DatelineError                 our error: a message for the user, no traceback
    ├── UsageError                the request itself cannot be served (exit code 2)
    │   ├── QuestionError         the question is empty, too long or not text
    │   └── SettingsError         a setting is unknown or has a bad value
    ├── ReadError                 one file cannot become an article: it is set aside, the rest goes on
    ├── EncoderError              the embedding model is missing, damaged or not the one expected
    ├── ClusterError              the Ray cluster cannot be used, or its workers differ from this process
    ├── ReaderError               the reader's weight file is missing, damaged or of another version
    ├── StoreError                the index cannot be used
    │   ├── StoreMissingError     there is no index at that path yet
    │   ├── StoreDamagedError     a file of it is damaged or gone: only a rebuild mends it
    │   ├── StoreMismatchError    it was built with another model, dimension or splitting
    │   ├── StoreLockedError      another ingest is writing to it
    │   └── UnknownSourceError    it holds no article under that source
    ├── ModelError                the user's language model did not do what it was asked
    ├── NotebookError             the file of conversations and saved questions cannot be used
    ├── CitationError             a quote is not what stands at its span
    └── GoldError                 a gold file is malformed: names file and line

A message says what was being done, to which file or id, and what to do next. Not knowing the answer is
not an error: an abstention is an `Answer`.
"""


class DatelineError(Exception):
    """Root of the tree; catch it to print a message instead of a traceback."""


class UsageError(DatelineError):
    """The request cannot be served as it was made."""


class QuestionError(UsageError):
    """The question is empty, too long, or not text."""


class SettingsError(UsageError):
    """A setting has an unknown name or an impossible value."""


class ReadError(DatelineError):
    """A file cannot become an article; the message is the reason it was set aside for."""


class EncoderError(DatelineError):
    """The embedding model is missing, damaged, or not the one expected."""


class ClusterError(DatelineError):
    """The Ray cluster cannot be used."""


class ReaderError(DatelineError):
    """The reader's weights are missing, damaged, or of another version."""


class StoreError(DatelineError):
    """The index cannot be used."""


class StoreMissingError(StoreError):
    """There is no index at the given path."""


class StoreDamagedError(StoreError):
    """A file of the index is damaged or gone."""


class StoreMismatchError(StoreError):
    """The index was built with another model, dimension or splitting."""


class StoreLockedError(StoreError):
    """Another process is writing to the index."""


class UnknownSourceError(StoreError):
    """The index holds no article under the given source."""


class ModelError(DatelineError):
    """The user's language model cannot be reached, or its reply cannot be used; `again`: trying once more may help."""

    def __init__(self, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.again = again


class NotebookError(DatelineError):
    """The file of conversations and saved questions cannot be opened, read or written."""


class CitationError(DatelineError):
    """A quote differs from the source text at its span."""


class GoldError(DatelineError):
    """A gold file is malformed."""
