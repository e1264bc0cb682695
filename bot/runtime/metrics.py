"""What can be watched: counts and times, in Prometheus' form. No ids of people, no texts."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

LAG = (1, 5, 15, 60, 300, 900, 3600, 14400, 86400)
ACKNOWLEDGED = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3)


class Metrics:
    """One process's figures; names begin with collab_."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        to = self._registry
        self.due = Gauge("collab_deliveries_due", "Deliveries that should be out by now and are not.", registry=to)
        self.unclear = Gauge(
            "collab_deliveries_unclear", "Deliveries that nobody knows yet whether Slack took them.", registry=to
        )
        self.asked = Gauge("collab_deliveries_asked", "Unclear deliveries that a person was asked about.", registry=to)
        self.outcomes = Counter("collab_deliveries", "What became of what was sent.", ["kind", "outcome"], registry=to)
        self.skipped = Counter(
            "collab_deliveries_skipped", "Deliveries that were not sent, by reason.", ["kind", "reason"], registry=to
        )
        self.lag = Histogram(
            "collab_delivery_lag_seconds",
            "From when it was meant to when it was posted.",
            ["kind"],
            buckets=LAG,
            registry=to,
        )
        self.acknowledged = Histogram(
            "collab_acknowledgement_seconds",
            "From a request to its acknowledgement.",
            ["request"],
            buckets=ACKNOWLEDGED,
            registry=to,
        )
        self.slack_errors = Counter(
            "collab_slack_errors", "Calls that Slack did not take, by reason.", ["reason"], registry=to
        )
        self.broken = Gauge(
            "collab_groups_broken",
            "Groups that something is wrong with; they are tried again now and then.",
            registry=to,
        )
        self.storage_errors = Counter(
            "collab_storage_errors", "Transactions that the database did not take, by reason.", ["reason"], registry=to
        )
        self.ready = Gauge("collab_ready", "Whether /readyz would say that the process can do its work.", registry=to)
        self.ticks = Counter("collab_ticks", "Looks at what is due.", ["outcome"], registry=to)
        self.clock_offset = Gauge(
            "collab_clock_offset_seconds", "This machine's clock against the database's.", registry=to
        )

    def page(self) -> bytes:
        """All of it, as text for Prometheus."""
        return generate_latest(self._registry)
