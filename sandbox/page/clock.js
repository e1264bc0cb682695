// The clock bar: what time it is in the sandbox, what comes next, and buttons that move time.
import { byId, say } from "./dom.js";
import { full, shortDay, time, until, zoneName } from "./dates.js";
import { post } from "./api.js";
import { toast } from "./layers.js";

const MOVES = {
  "clock-next": { next: true },
  "clock-hour": { advance_seconds: 3600 },
  "clock-day": { advance_seconds: 86_400 },
  "clock-week": { advance_seconds: 604_800 },
};
const labels = new Map();
let moving = null; // the button whose move runs

export function startClock(moved) {
  for (const id of Object.keys(MOVES)) {
    labels.set(id, [...byId(id).childNodes]);
    byId(id).addEventListener("click", () => move(id, moved));
  }
}

async function move(id, moved) {
  if (moving) return;
  moving = id;
  buttons(true);
  const answer = await post("clock", MOVES[id]);
  moving = null;
  buttons(false);
  byId(id).focus({ preventScroll: true });
  if (!answer.ok) toast(whyNot(answer), answer.status === 409 ? "notice" : "trouble");
  moved();
}

function whyNot({ error, status }) {
  if (status === 409) return "Nothing is planned. Start a group first, or move the clock by hand.";
  if (status === 504) return "The clock waited for the bot, but it didn't finish. Is it running?";
  return `The clock didn't move (${error ?? status}).`;
}

function buttons(asleep) {
  const shown = moving ?? "clock-next";
  for (const [id, label] of labels) {
    const button = byId(id);
    button.disabled = asleep;
    const busy = asleep && id === shown;
    if (busy && !button.hasAttribute("aria-busy")) button.replaceChildren("Moving…");
    if (!busy && button.hasAttribute("aria-busy")) button.replaceChildren(...label);
    button.toggleAttribute("aria-busy", busy);
  }
}

/** `reader` is whoever looks: their zone, and the sandbox's time. */
export function showClock(clock, reader) {
  const now = reader.now();
  say(byId("clock-day-name"), shortDay(now, reader.zone));
  say(byId("clock-time"), time(now, reader.zone));
  say(byId("clock-zone"), zoneName(now, reader.zone));
  byId("clock-now").title = full(now, reader.zone);
  say(byId("clock-planned"), planned(clock.next_due, reader, now));
  buttons(moving !== null || Boolean(clock.moving));
}

function planned(due, reader, now) {
  if (!due) return "Nothing is planned";
  const moment = new Date(due);
  if (moment <= now) return "Next event: now";
  return `Next event: ${shortDay(moment, reader.zone)}, ${time(moment, reader.zone)} (${until(moment, now)})`;
}
