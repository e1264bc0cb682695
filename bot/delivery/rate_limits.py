"""Which deliveries go next: fair between workspaces, and within Slack's rate limits for each of them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from bot.domain.deliveries import Operation
from bot.services.claims import ClaimCandidate

A_MINUTE = {Operation.UPDATE: 50, Operation.DELETE: 50, Operation.PUBLISH: 90}
"""Calls a minute and workspace by operation, as Slack's tiers have it (slack.md, Rates and sizes); for posts it is a
setting, since Slack says "some hundreds"."""

OPERATIONS = (Operation.POST, Operation.UPDATE, Operation.DELETE, Operation.PUBLISH)


def full(
    under_way: Mapping[str, int], lately: Mapping[tuple[str, Operation], int], each: int, posts_a_minute: int
) -> set[tuple[str, Operation]]:
    """The (workspace, operation) pairs that have reached their limit; arguments as for `fair_share`."""
    spent = {key for key, calls in lately.items() if calls >= _a_minute(key[1], posts_a_minute)}
    busy = {(workspace, operation) for workspace, has in under_way.items() if has >= each for operation in OPERATIONS}
    return spent | busy


def _a_minute(operation: Operation, posts_a_minute: int) -> int:
    return A_MINUTE.get(operation, posts_a_minute)


def fair_share(
    candidates: Sequence[ClaimCandidate],
    under_way: Mapping[str, int],
    lately: Mapping[tuple[str, Operation], int],
    limit: int,
    each: int,
    posts_a_minute: int,
) -> list[ClaimCandidate]:
    """At most `limit` of the candidates, taken round-robin over the workspaces, each in its own order.

    `under_way` is how many a workspace has in progress, of `each` that it may have; `lately` how many calls each
    (workspace, operation) had in the last minute.
    """
    waiting: defaultdict[str, list[ClaimCandidate]] = defaultdict(list)
    spent = Counter(lately)
    for candidate in candidates:
        key = candidate.workspace, candidate.operation
        room = each - under_way.get(candidate.workspace, 0) - len(waiting[candidate.workspace])
        if room > 0 and spent[key] < _a_minute(candidate.operation, posts_a_minute):
            spent[key] += 1
            waiting[candidate.workspace].append(candidate)
    rounds = max(map(len, waiting.values()), default=0)
    return [queue[n] for n in range(rounds) for queue in waiting.values() if n < len(queue)][:limit]
