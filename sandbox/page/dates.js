// Days and times as somebody in a given zone reads them.

const formats = new Map();

/** Intl formatters are slow to make and asked for often. */
function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, make(zone, options));
  return formats.get(key);
}

function make(zone, options) {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });
  } catch {
    return new Intl.DateTimeFormat("en-US", { timeZone: "UTC", ...options });
  }
}

const show = (moment, zone, options) =>
  format(zone, options)
    .format(moment)
    .replace(/\u202f/g, " ");

export const time = (moment, zone) => show(moment, zone, { hour: "numeric", minute: "2-digit" });
export const dayKey = (moment, zone) => show(moment, zone, { year: "numeric", month: "2-digit", day: "2-digit" });
export const shortDay = (moment, zone) => show(moment, zone, { weekday: "short", month: "short", day: "numeric" });
const longDay = (moment, zone, year) =>
  show(moment, zone, { weekday: "long", month: "long", day: "numeric", ...(year ? { year: "numeric" } : {}) });

export function zoneName(moment, zone) {
  const parts = format(zone, { timeZoneName: "longGeneric" }).formatToParts(moment);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}

/** "today", "yesterday", "tomorrow" or null. */
function near(moment, zone, now) {
  const day = 86_400_000;
  const names = { 0: "today", [-day]: "yesterday", [day]: "tomorrow" };
  const apart = [0, -day, day].find((shift) => dayKey(new Date(+now + shift), zone) === dayKey(moment, zone));
  return apart === undefined ? null : names[apart];
}

const capital = (word) => word[0].toUpperCase() + word.slice(1);
const sameYear = (moment, zone, now) => dayKey(moment, zone).slice(-4) === dayKey(now, zone).slice(-4);

export function divider(moment, zone, now) {
  const word = near(moment, zone, now);
  return word && word !== "tomorrow" ? capital(word) : longDay(moment, zone, !sameYear(moment, zone, now));
}

/** A moment in full, for titles. */
export const full = (moment, zone) => `${longDay(moment, zone, true)} at ${time(moment, zone)}`;

/** "in 3 days", "in 2 hours", "now". */
export function until(moment, now) {
  const minutes = Math.round((moment - now) / 60_000);
  if (minutes < 1) return "now";
  const [amount, unit] =
    minutes < 90 ? [minutes, "minute"] : minutes < 2160 ? [minutes / 60, "hour"] : [minutes / 1440, "day"];
  return new Intl.RelativeTimeFormat("en-US").format(Math.round(amount), unit);
}

const TOKENS = {
  date_num: (m, z) => show(m, z, { year: "numeric", month: "2-digit", day: "2-digit" }),
  date: (m, z) => show(m, z, { month: "long", day: "numeric", year: "numeric" }),
  date_short: (m, z) => show(m, z, { month: "short", day: "numeric", year: "numeric" }),
  date_long: (m, z) => longDay(m, z, true),
  date_pretty: (m, z, now) => near(m, z, now) ?? TOKENS.date(m, z),
  date_short_pretty: (m, z, now) => near(m, z, now) ?? TOKENS.date_short(m, z),
  date_long_pretty: (m, z, now) => near(m, z, now) ?? TOKENS.date_long(m, z),
  day_divider_pretty: (m, z, now) => near(m, z, now) ?? longDay(m, z, !sameYear(m, z, now)),
  time,
  time_secs: (m, z) => show(m, z, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (m, _z, now) => (m > now ? until(m, now) : `${Math.round((now - m) / 60_000)} minutes ago`),
};

/** Slack's date format: "{date_long_pretty} at {time}". */
export function fill(pattern, seconds, zone, now) {
  const moment = new Date(seconds * 1000);
  return pattern.replace(/\{(\w+)\}/g, (all, name) => TOKENS[name]?.(moment, zone, now) ?? all);
}
