"""What is kept about me: seeing it, getting it as files, and erasing it in two steps."""

from functools import partial

import structlog
from slack_sdk.errors import SlackClientError

from bot.deps import Deps
from bot.domain.errors import DomainError
from bot.runtime.slack_errors import UNREACHABLE
from bot.services import forgetting, message_cleanup, people, personal
from handlers.capability import Capability, Subcommand
from handlers.home import show_once
from handlers.listeners import Shown
from handlers.requests import FormSubmission, Interaction
from handlers.views import mydata
from handlers.views.block_kit import Form, Notice

log = structlog.get_logger()

TROUBLE = (SlackClientError, *UNREACHABLE)


async def show(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        left = await forgetting.estate(session, request.workspace, request.person)
    return Notice(mydata.build_overview(left), title="My data")


async def get(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        if await people.is_stranger(session, request.workspace, request.person):  # nothing can be sent to them
            data = await personal.everything_about(session, request.workspace, request.person)
            return Form(mydata.build_here(data, deps.now()))
    then = partial(_send_files, deps, request.workspace, request.person)
    return Notice(mydata.build_on_its_way(), title="My data", then=then)


async def _send_files(deps: Deps, workspace: str, person: str) -> None:
    async with deps.sessions.read() as session:
        data = await personal.everything_about(session, workspace, person)
    files = mydata.build_files(data, deps.now())
    try:
        opened = await deps.slack.conversations_open(users=[person])
        await deps.slack.files_upload_v2(channel=opened["channel"]["id"], file_uploads=files)
    except TROUBLE as error:
        log.warning("could not send somebody their files", error=type(error).__name__)
        await _say_so(deps, workspace, person)


async def _say_so(deps: Deps, workspace: str, person: str) -> None:
    message = mydata.build_not_sent()
    try:
        said = await deps.slack.chat_postMessage(channel=person, text=message.text, blocks=message.blocks)
    except TROUBLE as error:
        log.warning("could not say so", error=type(error).__name__)
        return
    async with deps.sessions.begin() as session:  # it goes when everything is erased
        await message_cleanup.keep_note(session, workspace, person, said["channel"], said["ts"], deps.now())


async def open_erase(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        return Form(mydata.build_erase(await forgetting.estate(session, request.workspace, request.person)))


async def erase(deps: Deps, submission: FormSubmission) -> Shown:
    if not mydata.parse_erase(submission.state):
        raise DomainError("Tick the box if you are sure.", mydata.SURE)
    async with deps.sessions.begin() as session:
        await forgetting.forget(session, submission.workspace, submission.person, deps.now())
    then = partial(show_once, deps, submission.workspace, submission.person)
    return Notice(mydata.build_erased(), title="My data", then=then)


CAPABILITY = Capability(
    "my data",
    subcommands=[Subcommand("mydata", "", "each for themselves", "all that is kept about me: get it, erase it", show)],
    actions={mydata.SHOW: show, mydata.GET: get, mydata.ERASE: open_erase},
    forms={mydata.FORM: erase},
    scopes={"files:write": "to give people a file with everything that is kept about them, when they ask for it"},
)
