"""Logs: one line an event, and nothing that was secret or written by a person gets through."""

import asyncio
import io
import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from bot.runtime.logs import redact, set_up_logs
from tests.support.servers import serving

BOT, APP = "xoxb-1-2-secret", "xapp-1-A2-3-secret"
EMPTY: dict[str, str] = {}
SAID = "I learned to listen first"


def fail(words: str = SAID) -> None:
    raise ValueError(words)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []  # pytest's own would be closed
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def logged(level: str = "debug") -> tuple[io.StringIO, Any]:
    stream = io.StringIO()
    set_up_logs(level, "auto", stream)
    return stream, structlog.get_logger()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_without_a_terminal_every_event_is_one_line_of_json() -> None:
    stream, log = logged()
    log.info("delivered", kind="prompt", attempts=2, due=datetime(2026, 9, 1, tzinfo=UTC), words_with="line\nbreak")
    logging.getLogger("alembic").warning("two\nlines of %s", "its")
    own, theirs = lines(stream)
    assert (own["event"], own["level"], own["kind"], own["attempts"]) == ("delivered", "info", "prompt", 2)
    assert own["due"] == "2026-09-01 00:00:00+00:00"
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("two", "warning", "alembic")
    assert own["timestamp"].endswith("Z")


def test_on_a_terminal_it_is_readable_and_still_one_line() -> None:
    stream = Terminal()
    set_up_logs("info", "auto", stream)
    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("went_wrong", kind="prompt")
    assert len(stream.getvalue().splitlines()) == 1
    assert "went_wrong" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
    assert SAID not in stream.getvalue()


def test_own_events_go_by_the_level_that_was_set() -> None:
    stream, log = logged("warning")
    log.info("quiet")
    log.warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


@pytest.mark.parametrize(
    "token",
    [
        BOT,
        APP,
        "xoxp-1-secret",
        "xoxe-1-secret",
        "xoxe.xoxb-1-secret",
        "xoxe.xoxp-1-Mi0yLsecret",
        "xoxa-2-secret",
        "xoxs-secret",
    ],
)
def test_a_token_is_dropped_wherever_it_stands(token: str) -> None:
    stream, log = logged()
    log.info(f"started with {token}", kind=token, nested={"list": [token, {"deep": f"Bearer {token}"}], token: 1})
    logging.getLogger("aiohttp.client").error("refused %s", token, extra={"headers": token})
    assert "secret" not in stream.getvalue()
    assert len(lines(stream)) == 2


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "bot_token",
        "Authorization",
        "text",
        "ack_text",
        "blocks",
        "payload",
        "body",
        "private_metadata",
        "view",
        "X-Slack-Signature",
    ],
)
def test_what_a_key_marks_as_private_is_dropped_whatever_its_shape(key: str) -> None:
    stream, log = logged()
    for value in (SAID, [SAID], {"type": "section", "deep": SAID}, SecretStr(SAID), SAID.encode()):
        log.info("answered", **{key: value}, nested={key: value})
    assert SAID not in stream.getvalue()
    assert len(lines(stream)) == 5


def test_counts_and_ids_stay_readable() -> None:
    stream, log = logged()
    log.info("answered", answers=3, reflection_id="r1", channel="C0CIRCLE", text_length=25, state="sent")
    assert {"answers": 3, "reflection_id": "r1", "channel": "C0CIRCLE", "text_length": 25, "state": "sent"}.items() <= (
        lines(stream)[0].items()
    )


def test_a_value_of_unknown_type_shows_its_type_only() -> None:
    @dataclass
    class Row:
        words: str

    stream, log = logged()
    log.info("kept", row=Row(SAID), error_seen=ValueError(SAID))
    assert (lines(stream)[0]["row"], lines(stream)[0]["error_seen"]) == ("<Row>", "<ValueError>")


def test_addresses_that_work_like_passwords_are_cut() -> None:
    stream, log = logged()
    log.info("connected", url="wss://wss.slack.com/link/?ticket=secret&app_id=1")
    log.info("answered", url="https://hooks.slack.com/commands/T1/secret")
    log.info("opened", url="postgresql://collab:secret@db/collab")
    assert "secret" not in stream.getvalue()
    assert "app_id=1" in stream.getvalue()


def raise_deep(words: str) -> None:
    local_variable = words
    try:
        _ = EMPTY[local_variable]
    except KeyError as error:
        raise ExceptionGroup(words, [ValueError(words), OSError(28, "No space left on device")]) from error


def test_an_exception_shows_types_and_places_but_neither_variables_nor_words() -> None:
    stream, log = logged()
    try:
        raise_deep(SAID)
    except ExceptionGroup:
        log.exception("failed")
        logging.getLogger("slack_bolt").exception("Failed to run listener function (error: %s)", SAID)
    own, theirs = lines(stream)
    assert [each["type"] for each in own["error"]] == ["ExceptionGroup", "ValueError", "OSError", "KeyError"]
    assert own["error"][2]["reason"] == "No space left on device"
    assert re.fullmatch(r"bot/test_logs\.py:\d+ raise_deep", own["error"][0]["at"][-1])
    assert [each["type"] for each in theirs["error"]] == [each["type"] for each in own["error"]]
    assert "local_variable" not in stream.getvalue()


def test_an_errors_own_words_do_not_come_back_in_a_librarys_message() -> None:
    stream, _ = logged()
    try:
        fail()
    except ValueError as error:
        logging.getLogger("slack_sdk.socket_mode").exception(f"Failed to run a request listener: {error}")  # noqa: TRY401  # as slack_sdk does
        logging.getLogger("slack_bolt").error(f"Failed to run an internal function ({error})")  # noqa: TRY400  # as slack_bolt does
    assert SAID not in stream.getvalue()
    assert lines(stream)[0]["event"] == "Failed to run a request listener: ValueError"


def test_slacks_error_name_is_told_and_its_answer_is_not() -> None:
    stream, log = logged()
    answer = {"ok": False, "error": "not_in_channel", "message": {"text": SAID}}
    log.error("refused", exc_info=SlackApiError(SAID, answer))  # type: ignore[no-untyped-call]  # slack_sdk has no types here
    assert lines(stream)[0]["error"] == [{"type": "SlackApiError", "reason": "not_in_channel", "at": []}]


def test_a_database_error_tells_the_constraint_and_not_the_row() -> None:
    stream, log = logged()
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(text("create table t (a text unique)"))
        with pytest.raises(IntegrityError) as error:
            connection.execute(text("insert into t values (:a), (:a)"), {"a": SAID})
    engine.dispose()
    assert SAID in str(error.value)
    assert isinstance(error.value.orig, sqlite3.IntegrityError)
    log.error("refused", exc_info=error.value)
    assert lines(stream)[0]["error"][0]["reason"] == "UNIQUE constraint failed: t.a"
    assert SAID not in stream.getvalue()


def test_payloads_in_a_librarys_message_are_cut() -> None:
    stream, _ = logged()
    logging.getLogger("slack_bolt.AsyncApp").warning(
        f"Unhandled request ({ {'type': 'block_suggestion', 'value': SAID} })"
    )  # as slack_bolt does
    assert lines(stream)[0]["event"] == "Unhandled request ({…})"


def test_libraries_stay_above_debug_whatever_level_they_are_given() -> None:
    stream, _ = logged("debug")
    for name in (
        "slack_bolt.AsyncApp",
        "slack_sdk.web.async_client",
        "app.py:AsyncApp",
        "aiosqlite",
        "sqlalchemy.engine.Engine",
    ):
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).debug(SAID)
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger("sqlalchemy.engine.Engine").info(SAID)
    logging.getLogger("apscheduler.executors.default").info("Running job")
    assert stream.getvalue() == ""


async def test_a_real_client_at_debug_logs_neither_its_token_nor_the_message() -> None:
    stream, _ = logged("debug")

    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error": "not_in_channel", "echo": SAID})

    async with serving([web.post("/api/chat.postMessage", refuse)]) as address:
        client = AsyncWebClient(BOT, f"{address}/api/", retry_handlers=[])
        with pytest.raises(SlackApiError) as error:
            await client.chat_postMessage(channel="C1", text=SAID, blocks=[{"type": "section"}])
        logging.getLogger("slack_bolt").error("Failed: %s", error.value, exc_info=error.value)
    assert not re.search(f"secret|{SAID}", stream.getvalue())
    assert lines(stream)[-1]["error"][0]["reason"] == "not_in_channel"


async def test_a_task_that_failed_unseen_says_nothing_of_what_was_in_it() -> None:
    stream, _ = logged()

    async def fail_later() -> None:
        fail()

    task = asyncio.create_task(fail_later())
    await asyncio.wait([task])
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
    )
    assert lines(stream)[0]["event"] == "Task exception was never retrieved"
    assert SAID not in stream.getvalue()


_values = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5), st.just(f"a {BOT} b"), st.binary(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


@given(st.dictionaries(st.text(min_size=1, max_size=4), _values, max_size=4))
def test_no_shape_of_value_carries_a_token_through_and_all_of_them_can_be_written(values: dict[str, Any]) -> None:
    clean = redact(None, "info", {"event": BOT, **values, "deep": [{"text": values, "list": ({"a": [BOT]},)}]})
    assert "secret" not in json.dumps(clean)
