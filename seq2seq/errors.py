"""What a user can get wrong, told so that they can mend it.

Every message is one sentence or two: what is wrong, where (a file and line, an
option, a field), and what to type next. Our own mistakes are assertions, never
these.
"""

from __future__ import annotations


class UserError(Exception):
    """The work cannot be done, and the user can change that. Exit code 1."""

    exit_code = 1


class UsageError(UserError):
    """The command or its options are wrong; nothing was started. Exit code 2."""

    exit_code = 2


class ConfigError(UsageError):
    """A field of a configuration is unknown or impossible; the message names it. Exit code 2."""


class DataError(UserError):
    """A text file holds what text cannot be; the message names file and line. Exit code 1."""


class BundleError(UserError):
    """A model directory is missing, foreign, newer or damaged; the message names the file. Exit code 1."""


class CheckpointError(UserError):
    """A run cannot be resumed; the message says from what. Exit code 1."""
