// Messages: one channel's list with day dividers, and a thread beside it.
import { blocks } from "./blocks.js";
import { dayKey, divider, full, time } from "./dates.js";
import { h, reconcile } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { avatar } from "./people.js";
import { messageMenu } from "./shortcuts.js";

const TOGETHER = 5 * 60;
const momentOf = (message) => new Date(Number(message.ts) * 1000);
const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;

/** What stands in the channel itself, and what in a thread (its first message included). */
export const inChannel = (messages) => messages.filter((message) => !isReply(message));
export const inThread = (messages, ts) => messages.filter((message) => message.ts === ts || message.thread_ts === ts);

const isAtEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 60;

/** A list that was at its end stays there when the window or the writing below takes more room. */
export function stayAtEnd(list) {
  let atEnd = true;
  let size = "";
  const sizeNow = () => `${list.clientWidth}x${list.clientHeight}`;
  // The browser scrolls by itself when lines break anew: only what happens at the same size was meant.
  list.addEventListener("scroll", () => size === sizeNow() && (atEnd = isAtEnd(list)));
  new ResizeObserver(() => {
    size = sizeNow();
    if (atEnd) list.scrollTop = list.scrollHeight;
  }).observe(list);
}

/** Brings `container` into line; it stays at its end if it was there. `space` = {reader, fields, api, channel, openThread}. */
export function showMessages(container, messages, space, { thread = false } = {}) {
  const atEnd = isAtEnd(container);
  const rows = [];
  messages.forEach((message, at) => {
    const before = messages[at - 1];
    const newDay =
      !before || dayKey(momentOf(before), space.reader.zone) !== dayKey(momentOf(message), space.reader.zone);
    if (newDay && !thread) rows.push(dayRow(message, space.reader));
    rows.push(messageRow(message, !newDay && belongs(message, before, thread), space, thread));
  });
  if (!rows.length) rows.push({ key: "empty", print: "", make: () => h("p", { class: "empty" }, "Nothing here yet.") });
  reconcile(container, rows);
  if (atEnd) container.scrollTop = container.scrollHeight;
}

function belongs(message, before, thread) {
  const near = Number(message.ts) - Number(before.ts) < TOGETHER;
  return (
    near && message.user === before.user && !message.ephemeral && !before.ephemeral && (thread || !before.reply_count)
  );
}

function dayRow(message, reader) {
  const words = divider(momentOf(message), reader.zone, reader.now());
  const key = `day-${dayKey(momentOf(message), reader.zone)}`;
  return {
    key,
    print: words,
    make: () => h("div", { class: "day", role: "separator", "aria-label": words }, h("span", {}, words)),
  };
}

function messageRow(message, close, space, thread) {
  const { reader } = space;
  const names = reader.people().map((person) => person.name);
  const print = JSON.stringify([
    message,
    close,
    reader.zone,
    reader.me,
    dayKey(reader.now(), reader.zone),
    names,
    space.canReply,
  ]);
  return {
    key: `${space.channel.id}-${message.ts}-${message.ephemeral}`,
    print,
    make: () => draw(message, close, space, thread),
  };
}

function draw(message, close, space, thread) {
  const person = space.reader.person(message.user) ?? { name: "Unknown person" };
  const classes = ["message", close && "close", message.ephemeral && "private"].filter(Boolean).join(" ");
  return h(
    "article",
    {
      class: classes,
      "data-testid": "message",
      "data-ts": message.ts,
      "data-user": message.user,
      "data-ephemeral": String(Boolean(message.ephemeral)),
    },
    avatar(person),
    h(
      "div",
      { class: "message-body" },
      message.ephemeral && h("p", { class: "only-you" }, "Only visible to you"),
      head(message, person, space.reader),
      content(message, space),
      files(message, space.reader),
      message.edited && h("small", { class: "edited" }, "(edited)"),
      message.edited && " ",
      !thread && threadLink(message, space),
      messageMenu(message, space),
    ),
  );
}

function head(message, person, reader) {
  const moment = momentOf(message);
  return h(
    "div",
    { class: "message-head" },
    h("strong", {}, person.name),
    person.is_bot && h("span", { class: "badge" }, "APP"),
    h("time", { datetime: moment.toISOString(), title: full(moment, reader.zone) }, time(moment, reader.zone)),
  );
}

function content(message, space) {
  const list = message.blocks?.length
    ? blocks(message.blocks, surfaceOf(message, space))
    : mrkdwn(message.text, space.reader);
  return h("div", { class: "content" }, list);
}

/** The files that came with a message, each to be opened. */
function files(message, reader) {
  if (!message.files?.length) return null;
  return h(
    "ul",
    { class: "files" },
    message.files.map((id) => {
      const file = reader.file(id);
      const href = `/sandbox/files/${id}?as=${encodeURIComponent(reader.me)}`;
      return h("li", {}, h("a", { href, target: "_blank", rel: "noopener" }, file ? file.title : id));
    }),
  );
}

/** A message that the app changed starts anew: what was picked in the old one is not carried over. */
function surfaceOf(message, { reader, fields, api, channel }) {
  const target = { channel: channel.id, ts: message.ts };
  return {
    id: `${channel.id}/${message.ts}/${JSON.stringify(message.blocks)}`,
    kind: "message",
    reader,
    fields,
    press: (what) => api.press({ ...what, ...target }),
    suggest: (what) => api.suggest({ ...what, ...target }),
  };
}

function threadLink(message, space) {
  const count = message.reply_count ?? 0;
  if (message.ephemeral || (!count && !space.canReply)) return null;
  const words = count ? `${count} ${count === 1 ? "reply" : "replies"}` : "Reply";
  return h(
    "button",
    {
      type: "button",
      class: count ? "thread-link" : "thread-link quiet-link",
      "data-testid": "thread-link",
      onclick: () => space.openThread(message.ts),
    },
    words,
  );
}
