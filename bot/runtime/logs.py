"""Logs: one line an event, the same way for the bot and its libraries, and never a token or what a person wrote."""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from enum import Enum
from pathlib import Path
from typing import TextIO
from uuid import UUID

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

REDACTED = "[redacted]"

# What libraries say below this is noise, or dangerous: slack_sdk and aiosqlite write whole request bodies and
# query parameters at debug, SQLAlchemy parameters at info.
FLOOR = logging.INFO
QUIET = {
    "aiohttp.access": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    "apscheduler": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "uvicorn.error": logging.ERROR,  # it warns of every request that is none, as often as somebody sends one
    "websockets": logging.WARNING,
}

_SECRETS = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w.%-]+"  # bot, user, configuration and rotated tokens
    r"|xapp-[\w.%-]+"
    r"|xwfp-[\w.%-]+"
    r"|(?<=ticket=)[^&\s\"']+"  # a Socket Mode address is as good as a token for a while
    r"|(?<=hooks\.slack\.com/)\S+"  # so is a response_url
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)",  # user and password of a database
)

# By the last word of a key: bot_token, ack_text, X-Slack-Signature; but not token_kind, text_length, reflection_id.
_PRIVATE = re.compile(
    r"(?:^|[_\-. ])(?:answers?|attachments?|authorization|blocks?|body|content|cookie|fields|message|metadata|notes?"
    r"|password|payload|purpose|reflections?|secret|signature|submission|texts?|tokens?|values?|view|words)$",
    re.IGNORECASE,
)

_PLAIN = (str, date, time, timedelta, UUID, Path)


def set_up_logs(level: str = "info", layout: str = "auto", stream: TextIO | None = None) -> None:
    """Send the bot's events and its libraries' to `stream` (standard error); `layout` is auto, json or console."""
    stream = stream or sys.stderr
    render = _renderers(layout, stream)
    structlog.configure(
        processors=[*_shared(), *render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_of_a_library, *_shared()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
            keep_stack_info=False,
        )
    )
    # On the handler too: Bolt gives its loggers, and slack_sdk through them, levels of their own.
    handler.addFilter(lambda record: record.levelno >= _floor(record.name))
    handler.addFilter(_Seldom())
    logging.basicConfig(handlers=[handler], level=max(FLOOR, logging.getLevelNamesMapping()[level.upper()]), force=True)


class _Seldom(logging.Filter):
    """Of what Slack's Socket Mode client says each time that it could not connect, a few lines in ten minutes."""

    TIMES, SECONDS = 3, 600.0

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], list[float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if "socket_mode" not in record.pathname:
            return True
        place = (record.pathname, record.lineno)
        lately = [at for at in self._said.get(place, []) if record.created - at < self.SECONDS]
        is_new = len(lately) < self.TIMES
        self._said[place] = [*lately, record.created] if is_new else lately
        return is_new


def _floor(name: str) -> int:
    """The lowest level at which a library's logger is heard."""
    return next((level for start, level in QUIET.items() if name == start or name.startswith(f"{start}.")), FLOOR)


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        describe_error,
        redact,
    ]


def _renderers(layout: str, stream: TextIO) -> list[Processor]:
    if layout == "json" or (layout == "auto" and not stream.isatty()):
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), sort_keys=False)]


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop tokens from every value, and whole values where a key says that somebody's words are in it."""
    # Structlog keeps a library's record beside its event, and takes it out again itself.
    return {key: value if key in {"_record", "_from_structlog"} else _clean(key, value) for key, value in event.items()}


def _clean(key: str, value: object) -> object:
    """A value that may be logged under a key; numbers always may, so that answers can be counted."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool | int | float | None):
        return value
    if key != "event" and _PRIVATE.search(key):
        return REDACTED
    return _clean_value(key, value)


def _clean_value(key: str, value: object) -> object:
    match value:
        case SecretStr() | bytes() | bytearray() | memoryview():
            return REDACTED
        case Mapping():
            return {_SECRETS.sub(REDACTED, str(k)): _clean(str(k), v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(key, item) for item in value]
        case _ if isinstance(value, _PLAIN):
            return _SECRETS.sub(REDACTED, str(value))
        case _:  # a repr may hold anything: a row, a view, an error's words
            return f"<{type(value).__name__}>"


def describe_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Turn an exception into types and places, outermost first; no variables, and no words that may hold a value."""
    info: ExcInfo | bool | BaseException | None = event.pop("exc_info", None)
    error = _error(info)
    if error is not None:
        event["error"] = [_describe(each) for each in _chain(error)]
    return event


def _error(info: object) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return info[1] if isinstance(info[1], BaseException) else None
    return sys.exception() if info else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it came from, and the members of a group; each once."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        cause = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        waiting += [*(each.exceptions if isinstance(each, BaseExceptionGroup) else ()), *([cause] if cause else [])]


def _describe(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    described: dict[str, object] = {"type": type(error).__name__}
    reason = _reason(error)
    if reason:
        described["reason"] = _SECRETS.sub(REDACTED, reason)
    described["at"] = [f"{'/'.join(Path(f.filename).parts[-2:])}:{f.lineno} {f.name}" for f in frames]
    return described


def _reason(error: BaseException) -> str | None:
    """What an error says, where that can't be a value: Slack's error name, the system's words, Python's own."""
    response = getattr(error, "response", None)
    if response is not None:
        data = getattr(response, "data", response)
        name = data.get("error") if isinstance(data, Mapping) else None
        return name if isinstance(name, str) and re.fullmatch(r"[a-z0-9_.]+", name) else None
    if (original := getattr(error, "orig", None)) is not None:  # SQLAlchemy's own words hold the parameters
        return str(original).split("\n", 1)[0][:200] if type(original).__module__ in {"sqlite3", "aiosqlite"} else None
    if isinstance(error, OSError):
        return error.strerror if isinstance(error.strerror, str) else None
    if isinstance(error, AttributeError | ImportError | NameError):
        return str(error).split("\n", 1)[0][:200]
    return None


def _of_a_library(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A library's message may hold a whole request: keep its first line, without payloads and without errors' words."""
    record: logging.LogRecord = event["_record"]
    event["logger"] = record.name
    said = str(event["event"])
    error = _error(event.get("exc_info")) or sys.exception()
    for each in _chain(error) if error else ():
        if str(each):
            said = said.replace(str(each), type(each).__name__)
    said = re.sub(r"\{.*\}|\[['\"].*\]", "{…}", said, flags=re.DOTALL)
    event["event"] = said.strip().split("\n", 1)[0][:300]
    return event
