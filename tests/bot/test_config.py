"""Settings: what is read from where, what is said about bad ones, and that every one is documented."""

import re
from pathlib import Path

import pytest

from bot.config import BadSettings, Settings, env_name, parse_days, read_settings
from sandbox.sockets import ACK_SECONDS
from storage.engine import BUSY

ROOT = Path(__file__).parents[2]
BOT, APP = "xoxb-1234-secret", "xapp-1-A1-secret"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [env_name(field) for field in Settings.model_fields] + ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def write(*lines: str) -> Path:
    path = Path(".env")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def problems(*lines: str) -> list[str]:
    with pytest.raises(BadSettings) as bad:
        read_settings(write(*lines))
    return bad.value.problems


def good(*lines: str) -> Settings:
    return read_settings(write(f"SLACK_BOT_TOKEN={BOT}", f"SLACK_APP_TOKEN={APP}", *lines))


def test_two_tokens_are_enough_and_the_rest_has_the_defaults_of_the_practice() -> None:
    settings = good()
    assert settings.slack_bot_token.get_secret_value() == BOT
    assert (settings.prompt_days_before, f"{settings.prompt_time:%H:%M}", settings.questions_per_prompt) == (
        3,
        "09:00",
        2,
    )
    assert settings.slack_api_url == "https://slack.com/api/"


def test_the_environment_wins_over_the_file_and_an_override_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLAB_TICK_SECONDS", "7")
    monkeypatch.setenv("SLACK_API_URL", "https://slack-gov.com/api")
    assert (good("COLLAB_TICK_SECONDS=9").tick_seconds, good().slack_api_url) == (7, "https://slack-gov.com/api/")
    settings = read_settings(
        None, slack_bot_token=BOT, slack_app_token=APP, tick_seconds=0.5, slack_api_url="http://127.0.0.1:1/api/"
    )
    assert (settings.tick_seconds, settings.slack_api_url) == (0.5, "http://127.0.0.1:1/api/")


def test_settings_are_frozen_and_show_no_token() -> None:
    settings = good("DATABASE_URL=postgresql://collab:hidden@db/collab")
    with pytest.raises(ValueError, match="frozen"):
        settings.tick_seconds = 1  # type: ignore[misc]  # what the test is about
    assert not re.search("-secret|hidden", f"{settings!r}{settings}")


SIGNING = "0123456789abcdef0123456789abcdef"


def test_over_http_it_needs_the_signing_secret_and_by_socket_mode_the_app_token() -> None:
    file = write(f"SLACK_BOT_TOKEN={BOT}", f"SLACK_SIGNING_SECRET={SIGNING}")
    assert read_settings(file, http=True).slack_app_token is None
    assert read_settings(file).slack_app_token is None
    with pytest.raises(BadSettings, match="SLACK_APP_TOKEN is not set"):
        read_settings(file, http=False)
    with pytest.raises(BadSettings, match="SLACK_SIGNING_SECRET is not set"):
        read_settings(write(f"SLACK_BOT_TOKEN={BOT}", f"SLACK_APP_TOKEN={APP}"), http=True)
    with pytest.raises(BadSettings, match="Or set SLACK_SIGNING_SECRET, for HTTP"):
        read_settings(write(f"SLACK_BOT_TOKEN={BOT}"))


@pytest.mark.parametrize("value", [APP, "short", "with a space in it and long"])
def test_what_is_no_signing_secret_is_said_and_not_repeated(value: str) -> None:
    (said,) = problems(f"SLACK_BOT_TOKEN={BOT}", f"SLACK_APP_TOKEN={APP}", f"SLACK_SIGNING_SECRET='{value}'")
    assert "does not look like a signing secret" in said
    assert value not in said


def test_a_missing_file_is_named_with_what_to_do() -> None:
    with pytest.raises(BadSettings) as bad:
        read_settings()
    assert "Copy .env.example to .env" in bad.value.problems[0]
    assert [p.split(" is not set")[0] for p in bad.value.problems[1:]] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]


def test_a_copied_but_unfilled_example_says_which_tokens_are_missing() -> None:
    said = problems((ROOT / ".env.example").read_text(encoding="utf-8"))
    assert [p.split(" is not set")[0] for p in said] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]


def test_swapped_tokens_are_told_apart_by_kind() -> None:
    bot, app = problems(f"SLACK_BOT_TOKEN={APP}", f"SLACK_APP_TOKEN={BOT}")
    assert "SLACK_BOT_TOKEN holds an app-level token" in bot
    assert "SLACK_APP_TOKEN holds a bot token" in app


@pytest.mark.parametrize(
    "token",
    [
        "xoxp-user-secret",
        "xoxe.xoxb-secret",
        "secret",
        "xoxb-",
        "xoxb-sec ret",
        "'xoxb-1234-secret",
        "xoxb-1234…secret",
    ],
)
def test_a_wrong_token_is_never_repeated(token: str) -> None:
    said = " ".join(problems(f"SLACK_BOT_TOKEN={token}", f"SLACK_APP_TOKEN={APP}"))
    assert "SLACK_BOT_TOKEN" in said
    assert "secret" not in said


def test_lines_that_are_no_settings_are_named_by_number_only() -> None:
    said = problems(
        "# a comment", "", f"SLACK_BOT_TOKEN={BOT}", "xoxb-secret-on-its-own", "", f"SLACK_APP_TOKEN={APP}",
        "COLLAB_TICK_SECOND=4", "COLLAB_LOG_LEVEL='info",
    )  # fmt: skip
    assert [p.split(":")[0] for p in said] == [".env, line 4", ".env, line 7", ".env, line 8"]
    assert "Did you mean COLLAB_TICK_SECONDS?" in said[1]
    assert "secret" not in " ".join(said)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("COLLAB_TICK_SECONDS=soon", "must be a number, more than 0, at most 300"),
        ("COLLAB_TICK_SECONDS=0", "must be a number, more than 0, at most 300"),
        ("COLLAB_LEASE_SECONDS=1.5", "must be a whole number, at least 5, at most 3600"),
        ("COLLAB_QUESTIONS_PER_PROMPT=4", "must be a whole number, at least 1, at most 3"),
        ("COLLAB_PROMPT_TIME=25:00", "must be a time of day such as 09:00"),
        ("COLLAB_PROMPT_TIME=9", "must be a time of day such as 09:00"),
        ("COLLAB_LOG_FORMAT=xml", "must be auto or json or console"),
        ("SLACK_API_URL=slack.com", "must be an address such as https://slack.com/api/"),
        ("SLACK_API_URL=http://slack.com/api/", "must begin with https://"),
        ("COLLAB_CLOCK_URL=later", "must be empty, or the address of a sandbox's clock"),
    ],
)
def test_a_malformed_value_is_told_with_what_would_be_right(line: str, words: str) -> None:
    said = problems(f"SLACK_BOT_TOKEN={BOT}", f"SLACK_APP_TOKEN={APP}", line)
    assert len(said) == 1
    assert said[0].startswith(line.partition("=")[0])
    assert words in said[0]


def test_a_file_that_is_not_text_is_told() -> None:
    Path(".env").write_bytes(b"\xff\xfe\x00S")
    with pytest.raises(BadSettings, match="can't be read"):
        read_settings()


def test_client_credentials_that_would_switch_bolt_to_oauth_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", "1")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "2")
    with pytest.raises(BadSettings, match="ignores the bot token"):
        good()


def documented() -> dict[str, tuple[str, str]]:
    """Every setting of .env.example with the comment above it and the value that it shows."""
    found = {}
    for block in (ROOT / ".env.example").read_text(encoding="utf-8").split("\n\n"):
        if match := re.fullmatch(r"((?:# .*\n)+)([A-Z_]+)=(.*)\n?", block):
            found[match[2]] = (re.sub(r"\s*\n?# ", " ", "\n" + match[1]).strip(), match[3])
    return found


def test_every_setting_is_documented_in_the_example_and_nothing_else() -> None:
    assert list(documented()) == [env_name(field) for field in Settings.model_fields]


@pytest.mark.parametrize("field", Settings.model_fields)
def test_the_example_says_what_a_setting_does_and_shows_its_default(field: str) -> None:
    words, shown = documented()[env_name(field)]
    info = Settings.model_fields[field]
    assert words == info.description
    default = "" if info.is_required() or info.default is None else info.default
    assert shown == (f"{default:%H:%M}" if field.endswith("_time") else str(default))


@pytest.mark.parametrize(
    "line",
    [
        "COLLAB_ANSWERING_ENDS_DAYS_BEFORE=4",
        "COLLAB_PROMPT_DAYS_BEFORE=0",
        "COLLAB_WORKING_DAYS=Mon,Blursday",
        "COLLAB_WORKING_DAYS=,",
    ],
)
def test_a_rhythm_that_contradicts_itself_is_refused_in_words(line: str) -> None:
    (problem,) = problems(f"SLACK_BOT_TOKEN={BOT}", f"SLACK_APP_TOKEN={APP}", line)
    assert "answering would end before" in problem or "must be days such as" in problem


def test_working_days_are_read_by_their_names() -> None:
    assert parse_days(good("COLLAB_WORKING_DAYS=sunday, Mon,TUE,wed,thu").working_days) == {6, 0, 1, 2, 3}
    assert parse_days(good().working_days) == {0, 1, 2, 3, 4}


def test_a_refusal_to_save_comes_before_slack_gives_up() -> None:
    assert Settings.model_fields["save_seconds"].default + BUSY < ACK_SECONDS
