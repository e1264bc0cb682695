"""A late answer in the prompt's thread."""

from bot.domain.anonymity import Seen
from bot.domain.rounds import Round
from handlers.views import kit


def build_late(found: Round, seen: Seen, thread_ts: str) -> kit.Message:
    """One late answer, with its author and the question that it is for."""
    question = next((asked.text for asked in found.prompt.questions if asked.position == seen.position), "")
    who = [kit.at(seen.author), kit.t(" answers late:")] if seen.author else [kit.t("A late answer:")]
    after = [kit.t(" (edited)", italic=True)] if seen.edited else []
    blocks = [kit.para(*who), kit.para(kit.t(question, italic=True)), kit.quote(seen.text, *after)]
    return kit.Message(blocks, thread_ts)


def build_gone() -> kit.Message:
    """Stands nowhere: the message is deleted."""
    return kit.Message([kit.para(kit.t("This was taken back."))])
