"""`/collab start`: three short forms, each saved, and the founding."""

from datetime import datetime

from slack_bolt.async_app import AsyncAck
from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.cadence import local, zones
from bot.domain.charter import check_facilitation, check_identity, check_members, check_times, check_zone
from bot.domain.rounds import Actor
from bot.services import founding, people
from handlers.capability import Capability, Subcommand
from handlers.listeners import Body, Shown
from handlers.messages import started
from handlers.requests import FormSubmission, Interaction
from handlers.views import charter
from handlers.views.block_kit import Form, Notice

MOST_ZONES = 100


async def start(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        await founding.require_startable(session, request.place)
        filled = await founding.filled_so_far(session, request.place)
    return Form(charter.build_what(request.channel, filled))


async def take_what(deps: Deps, submission: FormSubmission) -> Shown:
    answers = charter.parse_answers(submission.state)
    name, purpose = check_identity(answers["name"] or "", answers["purpose"] or "")
    place = submission.place(submission.meta)
    async with deps.sessions.begin() as session:
        filled = await founding.keep_filled(session, place, answers | {"name": name, "purpose": purpose})
        offer = await _offer(session, place, deps.now())
    return Form(charter.build_times(submission.meta, filled, offer))


async def take_times(deps: Deps, submission: FormSubmission) -> Shown:
    answers, now = charter.parse_answers(submission.state), deps.now()
    check_zone(answers["zone"] or "")
    check_times(charter.parse_cadence(answers), charter.parse_length(answers), now)
    place = submission.place(submission.meta)
    async with deps.sessions.begin() as session:
        filled = await founding.keep_filled(session, place, answers)
        offer = await _offer(session, place, now)
    return Form(charter.build_who(submission.meta, filled, offer))


async def take_who(deps: Deps, submission: FormSubmission) -> Shown:
    place, now = submission.place(submission.meta), deps.now()
    answers = charter.parse_answers(submission.state)
    members = list(answers["members"] or [])
    async with deps.sessions.begin() as session:
        filled = await founding.filled_so_far(session, place) | answers
        made = charter.parse_charter(filled, deps.rhythm)
        check_members(await people.candidates(session, place.workspace, place.channel, members))
        check_facilitation(made.facilitation, made.designated, members)
        check_times(made.cadence, made.length_minutes, now)  # the form may have lain open for days
        group = await founding.found(session, place, made, members, deps.questions, now)
    return Notice(charter.build_founded(group), title="Set up")


async def _offer(session: AsyncSession, place: Actor, now: datetime) -> charter.Offer:
    zone = await people.zone_of(session, place.workspace, place.person)
    everybody = await people.people_in(session, place.workspace, place.channel)
    return charter.Offer(zone, everybody[:50], local(now, zone).date())


async def suggest_zones(ack: AsyncAck, body: Body) -> None:
    """Time zones by what was typed; a select takes a hundred."""
    wanted = str(body.get("value") or "").casefold().replace(" ", "_")
    found = sorted(zone for zone in zones() if wanted in zone.casefold())
    found.sort(key=lambda zone: not zone.rpartition("/")[2].casefold().startswith(wanted))
    await ack(options=[charter.zone_option(zone) for zone in found[:MOST_ZONES]])


CAPABILITY = Capability(
    "founding",
    subcommands=[Subcommand("start", "", "anyone in the channel", "set a collaborative up", start)],
    actions={"start": start},
    forms={charter.WHAT: take_what, charter.TIMES: take_times, charter.WHO: take_who},
    options={charter.ZONES: suggest_zones},
    deliveries=[started.KIND],
)
