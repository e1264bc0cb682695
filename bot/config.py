"""Settings, read once from the environment and .env, and their errors in plain words."""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from dotenv.parser import Binding, parse_stream
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

ENV_FILE = Path(".env")
PREFIX = "COLLAB_"

# Each kind of token that Slack hands out, by how it begins, in the words of Slack's own pages.
_KINDS = {
    "xoxb-": "bot token",
    "xapp-": "app-level token",
    "xoxp-": "user token",
    "xoxe": "token for configuration or rotation",
    "xoxa": "legacy workspace token",
    "xoxs-": "session token",
    "xoxc-": "browser token",
}


def _token(wanted: str, where: str) -> AfterValidator:
    """Accepts tokens of one kind; error messages never contain any part of a token."""

    def check(secret: SecretStr) -> SecretStr:
        token = secret.get_secret_value().strip()
        if not token.startswith(wanted):
            found = next((words for start, words in _KINDS.items() if token.startswith(start)), None)
            what = f"holds {'an' if found.startswith('a') else 'a'} {found}" if found else "does not hold a Slack token"
            raise ValueError(f"{what}. It needs the {_KINDS[wanted]}, which begins with {wanted} ({where})")
        if not re.fullmatch(r"[A-Za-z0-9-]{8,}", token):
            raise ValueError(
                f"looks cut off, or has something in it that is not part of a token. Copy it again ({where})"
            )
        return SecretStr(token)

    return AfterValidator(check)


def _signing_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[0-9A-Za-z]{16,}", secret.get_secret_value().strip()):
        raise ValueError(
            "does not look like a signing secret, which is a row of letters and digits "
            "(api.slack.com/apps, your app, Basic Information, App Credentials)"
        )
    return SecretStr(secret.get_secret_value().strip())


def _address(value: str) -> str:
    """An API URL with a trailing slash; plain http only for this machine or a bare host name, since tokens are sent
    there."""
    parts = _split(value)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError("must be an address such as https://slack.com/api/")
    if parts.scheme == "http" and "." in host and not host.startswith("127."):
        raise ValueError("must begin with https://, because tokens are sent there")
    return value if value.endswith("/") else f"{value}/"


def _split(value: str) -> SplitResult:
    """The parts of a URL; empty if it can't be parsed."""
    try:
        return urlsplit(value)
    except ValueError:
        return urlsplit("")


def _clock_address(value: str) -> str:
    if value and _split(value).scheme not in {"http", "https"}:
        raise ValueError("must be empty, or the address of a sandbox's clock")
    return value.rstrip("/")


def _wall_time(value: object) -> object:
    """Hours and minutes only: pydantic would read a bare number as seconds."""
    if isinstance(value, str) and not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value.strip()):
        raise ValueError("must be a time of day such as 09:00")
    return value.strip().zfill(5) if isinstance(value, str) else value


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days(value: str) -> str:
    if not value.strip(" ,") or not _names(value) <= set(DAYS):
        raise ValueError("must be days such as Mon,Tue,Wed,Thu,Fri")
    return value


def _names(value: str) -> set[str]:
    return {name.strip().lower()[:3] for name in value.split(",") if name.strip()}


def parse_days(value: str) -> frozenset[int]:
    """Days by name, as numbers; Monday is 0."""
    return frozenset(DAYS.index(name) for name in _names(value))


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


BotToken = Annotated[SecretStr, _token("xoxb-", "api.slack.com/apps, your app, OAuth & Permissions")]
AppToken = Annotated[
    SecretStr,
    _token("xapp-", "api.slack.com/apps, your app, Basic Information, App-Level Tokens, scope connections:write"),
]


SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]


class Settings(BaseSettings):
    """All settings. Names in the environment: the alias, or COLLAB_ and the field's name."""

    # A blank line of .env.example means "not set".
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    slack_bot_token: BotToken = Field(
        validation_alias="SLACK_BOT_TOKEN",
        description="The bot token of your Slack app. It begins with xoxb- and stands under OAuth & Permissions.",
    )
    slack_app_token: AppToken | None = Field(
        None,
        validation_alias="SLACK_APP_TOKEN",
        description="The app-level token, for Socket Mode. It begins with xapp- and stands under Basic Information; "
        "it needs the scope connections:write.",
    )
    slack_signing_secret: SigningSecret | None = Field(
        None,
        validation_alias="SLACK_SIGNING_SECRET",
        description="The signing secret, for HTTP instead of Socket Mode (`run --http`). It stands under Basic "
        "Information, App Credentials.",
    )
    slack_api_url: Annotated[str, AfterValidator(_address)] = Field(
        "https://slack.com/api/",
        validation_alias="SLACK_API_URL",
        description="Where Slack's Web API is. Only US government workspaces and the sandbox use another address.",
    )
    slack_timeout_seconds: int = Field(
        10, ge=1, le=60, description="How many seconds Slack has to answer a call before it counts as unclear."
    )
    database_url: str = Field(
        "sqlite:///data/collab.db",
        validation_alias="DATABASE_URL",
        repr=False,  # it may hold a password
        description="Where everything is kept. The default is one SQLite file in the folder data/; several processes "
        "share a PostgreSQL database, like postgresql://user:password@host/database.",
    )
    save_seconds: float = Field(
        2,
        gt=0,
        le=120,
        description="How many seconds saving may take before somebody is told to try again. "
        "Slack gives three in all: more is for tests.",
    )
    clock_url: Annotated[str, AfterValidator(_clock_address)] = Field(
        "",
        description="The address of a sandbox's clock, to follow it when somebody moves it. Empty: real time. "
        "The sandbox sets it by itself.",
    )
    tick_seconds: float = Field(5, gt=0, le=300, description="How often the bot looks for what is due, in seconds.")
    lease_seconds: int = Field(
        60,
        ge=5,
        le=3600,
        description="For how many seconds one process keeps a delivery for itself while it sends it. "
        "A delivery of a process that died is looked at again after that.",
    )
    message_seconds: float = Field(
        1,
        ge=0,
        le=60,
        description="How many seconds apart two messages in one channel are, at least. Slack takes some one a second.",
    )
    workspace_messages_per_minute: int = Field(
        200,
        ge=1,
        le=10_000,
        description="How many messages the bot posts in one workspace in a minute, at most. Slack takes some hundreds.",
    )
    home_days: int = Field(
        30, ge=1, le=3650, description="For how many days after somebody opened it their Home is kept up to date."
    )
    http_host: str = Field(
        "127.0.0.1", description="With `run --http`: the address to listen on. 0.0.0.0 is every one of this machine."
    )
    http_port: int = Field(3000, ge=0, le=65535, description="With `run --http`: the port to listen on.")
    metrics_host: str = Field("127.0.0.1", description="The address that /healthz, /readyz and /metrics are at.")
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="The port that /healthz, /readyz and /metrics are at. Empty: none."
    )
    working_days: Annotated[str, AfterValidator(_days)] = Field(
        "Mon,Tue,Wed,Thu,Fri", description="The days on which new groups work, with commas between them."
    )
    prompt_days_before: int = Field(
        3, ge=0, le=20, description="How many working days before a meeting its questions are posted."
    )
    prompt_time: Annotated[time, BeforeValidator(_wall_time)] = Field(
        time(9), description="At what time of that day, in the group's own time zone."
    )
    answering_ends_days_before: int = Field(
        1,
        ge=0,
        le=20,
        description="How many working days before a meeting answering ends, and the facilitator gets the draft of the "
        "agenda and the anonymous answers.",
    )
    answering_ends_time: Annotated[time, BeforeValidator(_wall_time)] = Field(
        time(15), description="At what time of that day, in the group's own time zone."
    )
    agenda_hours_before: int = Field(
        2,
        ge=0,
        le=72,
        description="How many hours before a meeting the agenda is posted. For a meeting before 09:00 that is at 17:00 "
        "on the working day before.",
    )
    handoff_hours_after: int = Field(
        24,
        ge=0,
        le=168,
        description="How many hours after a meeting the job is handed on, if no notes came before; on the next working "
        "day, where that is none.",
    )
    notice_hours_before: int = Field(
        4,
        ge=0,
        le=72,
        description="How many hours before answering ends those are told, privately, whose anonymous answers are too "
        "few to be shown; earlier, where that is outside their working hours.",
    )
    questions_per_prompt: int = Field(
        2, ge=1, le=3, description="How many questions are asked before a meeting, 1 to 3."
    )
    keep_reflections_days: int | None = Field(
        None, ge=1, le=36_500, description="For how many days answers are kept. Empty: for ever, or until erased."
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        "info",
        description="How much is logged: debug, info, warning or error. No level logs tokens or what people wrote.",
    )
    log_format: Annotated[Literal["auto", "json", "console"], BeforeValidator(_lower)] = Field(
        "auto",
        description="How it is logged: json, console, or auto, which is console on a terminal and json elsewhere.",
    )


class BadSettings(Exception):
    """The settings are invalid. `problems` are sentences for whoever runs the bot; none contains a token."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def env_name(field: str) -> str:
    """A setting's name in the environment and in .env."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{field.upper()}"


def read_settings(env_file: Path | None = ENV_FILE, *, http: bool | None = None, **overrides: Any) -> Settings:
    """Read the settings: overrides, then the environment, then `env_file`. Raises BadSettings with all errors.

    `http` is the transport (False: Socket Mode); None: whichever the settings suffice for.
    """
    problems = list(_file_problems(env_file)) if env_file else []
    readable = env_file if env_file and _text(env_file) is not None else None
    given = {env_name(name): value for name, value in overrides.items()}
    try:
        settings = Settings(_env_file=readable, **_by_field(given))
    except ValidationError as error:
        problems += _validation_problems(error, env_file)
    else:
        problems += _rhythm_problems(settings)
    problems += _way_in_problems(_WayIn(_env_file=readable, **given), http)
    problems += _environment_problems(os.environ)
    if problems:
        raise BadSettings(problems)
    return settings


def _rhythm_problems(settings: Settings) -> Iterator[str]:
    """Validate the rhythm that new groups start with."""
    asked = -settings.prompt_days_before, settings.prompt_time
    if (-settings.answering_ends_days_before, settings.answering_ends_time) <= asked:
        ends = f"{env_name('answering_ends_days_before')} and {env_name('answering_ends_time')}"
        comes = f"{env_name('prompt_days_before')}, {env_name('prompt_time')}"
        yield f"{ends}: answering would end before the questions come ({comes})."


class _WayIn(BaseSettings):
    """Validate what each transport needs, whatever else is wrong."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    slack_app_token: Any = Field(None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: Any = Field(None, validation_alias="SLACK_SIGNING_SECRET")


class Place(BaseSettings):
    """Database and clock: what backup and restore need, without Slack."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: str = Field(
        Settings.model_fields["database_url"].default, validation_alias="DATABASE_URL", repr=False
    )
    clock_url: Annotated[str, AfterValidator(_clock_address)] = Field("", validation_alias=f"{PREFIX}CLOCK_URL")


def read_place(env_file: Path | None = ENV_FILE) -> Place:
    """Read those two settings from the environment or `env_file`. Raises BadSettings."""
    problems = list(_file_problems(env_file)) if env_file else []
    if problems:
        raise BadSettings(problems)
    try:
        return Place(_env_file=env_file)
    except ValidationError as error:
        raise BadSettings(list(_validation_problems(error, env_file))) from None


def _way_in_problems(given: _WayIn, http: bool | None) -> Iterator[str]:
    wanted = "slack_signing_secret" if http else "slack_app_token"
    if getattr(given, wanted) or (http is None and given.slack_signing_secret):
        return
    other = " Or set SLACK_SIGNING_SECRET, for HTTP." if http is None else ""
    yield f"{env_name(wanted)} is not set. {_field(env_name(wanted)).description}{other}"


def _by_field(given: Mapping[str, Any]) -> dict[str, Any]:
    """Pass own settings by field name, others by alias: so an override takes precedence over the environment."""
    return {name.removeprefix(PREFIX).lower() if name.startswith(PREFIX) else name: v for name, v in given.items()}


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def _file_problems(path: Path) -> Iterator[str]:
    if not path.exists():
        return
    text = _text(path)
    if text is None:
        yield f"{path.name} is there but can't be read. It has to be a text file (UTF-8) that this user may read."
        return
    with path.open(encoding="utf-8-sig") as stream:
        for binding in parse_stream(stream):
            yield from _line_problems(binding, path.name)


def _line_problems(binding: Binding, file: str) -> Iterator[str]:
    """Names the line and never its content: it may be a token."""
    # The parser counts blank lines and comments above as part of what follows them.
    line = binding.original.line + len(binding.original.string) - len(binding.original.string.lstrip("\r\n"))
    if binding.error:
        yield f"{file}, line {line}: this can't be read. A line is NAME=value; a quote that is opened has to be closed."
    elif binding.key and binding.value is None:
        yield f"{file}, line {line}: there is no = in it. A line is NAME=value; a comment begins with #."
    elif binding.key and binding.key.startswith(PREFIX):
        known = [env_name(name) for name in Settings.model_fields]
        if binding.key not in known:
            near = difflib.get_close_matches(binding.key, known, n=1)
            yield f"{file}, line {line}: there is no such setting." + (f" Did you mean {near[0]}?" if near else "")


def _environment_problems(environment: Mapping[str, str]) -> Iterator[str]:
    if {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"} <= environment.keys():
        yield (
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are set in the environment: with them Slack's library ignores "
            "the bot token. Unset them."
        )


def _validation_problems(error: ValidationError, env_file: Path | None) -> Iterator[str]:
    """One sentence a setting; the value is never repeated."""
    missing = [str(e["loc"][0]) for e in error.errors(include_input=False) if e["type"] == "missing"]
    if missing and env_file and not env_file.exists():
        yield f"There is no file {env_file.name} here. Copy .env.example to {env_file.name} and fill it in."
    for detail in error.errors(include_input=False):
        name = _name(str(detail["loc"][0]))
        if detail["type"] == "missing":
            yield f"{name} is not set. {_field(name).description}"
        elif detail["type"] == "value_error":
            yield f"{name} {detail['ctx']['error']}."
        else:
            yield f"{name} {_wanted(_field(name))}."


def _name(location: str) -> str:
    return location if location not in Settings.model_fields else env_name(location)


def _field(name: str) -> FieldInfo:
    return next(field for key, field in Settings.model_fields.items() if env_name(key) == name)


def _wanted(field: FieldInfo) -> str:
    """What a setting accepts, from its type and bounds."""
    if field.annotation in {int, float, int | None}:
        kind = "a number" if field.annotation is float else "a whole number"
        words = {"Ge": "at least {ge}", "Gt": "more than {gt}", "Le": "at most {le}"}
        bounds = [words[type(m).__name__].format(**_bound(m)) for m in field.metadata if type(m).__name__ in words]
        return f"must be {kind}" + "".join(f", {bound}" for bound in bounds)
    return f"must be {' or '.join(getattr(field.annotation, '__args__', ('set',)))}"


def _bound(constraint: object) -> dict[str, Any]:
    return {key: getattr(constraint, key) for key in ("ge", "gt", "le") if hasattr(constraint, key)}
