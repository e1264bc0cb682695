"""What somebody is asked who wrote for one person alone, when another leads before it was read."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.rounds import Round
from bot.services.private_answers import Former, mark_of
from handlers.views import kit, responses
from handlers.views.kit import Block
from handlers.views.personal import build_buttons

GIVE, KEEP, TAKE_BACK = "former_give", "former_keep", "former_take_back"
SURE = ("I take it back and delete it.", "Take it back")


def build_asked(found: Round, former: Former, names: Mapping[str, str], now: datetime) -> kit.Message:
    """Without what they wrote, so that nothing is left behind here."""
    leads = found.meeting.facilitator or ""
    value = f"{found.meeting.id}:{mark_of(found)}"
    before = names.get(former.reader or "")
    stays = f"Keep it with {before}" if before else "Keep it to myself"
    alone = f"stays with {before} alone" if before else "stays with you alone"
    return kit.Message(
        [
            kit.para(
                kit.b("Somebody else leads. "),
                kit.t("You wrote something for "),
                kit.at(former.reader) if former.reader else kit.t("one person"),
                kit.t(" alone in "),
                kit.b(found.group.charter.name),
                kit.t(", and it had not been read when "),
                kit.at(leads),
                kit.t(" took over the meeting of "),
                kit.when(found.meeting.starts_at, found.group.zone, now),
                kit.t(". Who shall read it?"),
            ),
            kit.bullets(
                [kit.t(asked.text, italic=True)] for asked in found.prompt.questions if asked.position in former.unread
            ),
            kit.actions(
                kit.button(f"Give it to {names.get(leads, 'them')}", GIVE, value),
                kit.button(stays, KEEP, value),
                kit.button("Take it back", TAKE_BACK, value, confirm=SURE),
            ),
            kit.small(f"If you do nothing, it {alone}. Nobody else sees it, and nobody hears of this question."),
        ]
    )


def build_kept_for(found: Round, now: datetime) -> kit.Message:
    """To the one reader. Neither who wrote it nor the words: they are read where only this person sees them."""
    return kit.Message(
        [
            kit.para(
                kit.b("Something was written for you alone. "),
                kit.t("Somebody in "),
                kit.b(found.group.charter.name),
                kit.t(" wrote it when you were to lead the meeting of "),
                kit.when(found.meeting.starts_at, found.group.zone, now),
                kit.t(", and wants you to read it, whoever leads. Nobody else can."),
            ),
            kit.actions(kit.button("Read it", responses.READ, found.meeting.id)),
        ]
    )


def build_settled() -> kit.Message:
    """In its place."""
    said = "This is settled. Your answers, and who sees them, are here:"
    return kit.Message([kit.para(kit.t(said)), build_buttons(["mine"])])


def build_given(name: str) -> list[Block]:
    return [kit.para(kit.b("Done. "), kit.t(f"Only {name} can read it, from now on."))]


def build_stays(name: str | None) -> list[Block]:
    who = f"Only {name} can read it, whoever leads." if name else "Nobody but you can read it."
    return [kit.para(kit.b("It stays as it is. "), kit.t(who))]


def build_taken_back() -> list[Block]:
    return [kit.para(kit.b("It is deleted. "), kit.t("Nobody sees it any more."))]
