// The side bar: who one is, channels, and the app with its Home and its messages.
import { byId, h, reconcile, say } from "./dom.js";
import { time, zoneName } from "./dates.js";
import { avatar } from "./people.js";

const lock = () => h("span", { class: "sign", "aria-hidden": "true" }, "🔒\ufe0e");
const hash = () => h("span", { class: "sign", "aria-hidden": "true" }, "#");

export function showSidebar(state, at, reader) {
  const rooms = state.channels.filter((channel) => channel.kind === "channel" && !channel.is_archived);
  const directs = state.channels.filter((channel) => channel.kind === "dm");
  reconcile(
    byId("channels"),
    rooms.map((channel) => row(channel, at, reader, channel.is_private ? lock : hash, channel.name)),
  );
  const home = { key: "home", print: JSON.stringify([at === "home", reader.me]), make: () => homeLink(at, reader) };
  const dot = () => h("span", { class: "sign", "aria-hidden": "true" }, "↳");
  const outside = Boolean(reader.person(reader.me)?.is_stranger);
  aboutMe(reader.person(reader.me));
  byId("apps-head").hidden = outside;
  if (outside) return reconcile(byId("apps"), []);
  reconcile(byId("apps"), [home, ...directs.map((channel) => row(channel, at, reader, dot, "Messages"))]);
}

/** What is different for those who don't work here, said where they would look for it. */
function aboutMe(me) {
  const words = me?.is_stranger
    ? "You are from another organisation, and Collab is not installed there. So Slack gives you no /collab, no messages from Collab and no Home. You see this shared channel, and every button in it works for you."
    : me?.is_guest
      ? "You are a guest: you see the channels that you were added to."
      : "";
  byId("about-me").hidden = !words;
  say(byId("about-me"), words);
}

function row(channel, at, reader, sign, name) {
  const print = JSON.stringify([channel.name, channel.unread, channel.is_private, channel.id === at, reader.me]);
  return { key: channel.id, print, make: () => link(channel, at, reader, sign(), name) };
}

function link(channel, at, reader, sign, name) {
  const unread = channel.id === at ? 0 : (channel.unread ?? 0);
  const kind = channel.is_private && channel.kind === "channel" ? "Private channel " : "";
  return h(
    "li",
    {},
    h(
      "a",
      {
        href: reader.address(channel.id),
        class: unread ? "unread" : "",
        "data-testid": `channel-${channel.id}`,
        "aria-current": channel.id === at ? "page" : null,
      },
      sign,
      kind && h("span", { class: "hidden-text" }, kind),
      h("span", { class: "name" }, name),
      unread > 0 && h("span", { class: "count" }, unread, h("span", { class: "hidden-text" }, " unread")),
    ),
  );
}

function homeLink(at, reader) {
  return h(
    "li",
    {},
    h(
      "a",
      { href: reader.address("home"), "data-testid": "home", "aria-current": at === "home" ? "page" : null },
      h("span", { class: "avatar tiny bot ours", "aria-hidden": "true" }, "C"),
      h("span", { class: "name" }, "Collab"),
      h("span", { class: "quiet-words" }, "Home"),
    ),
  );
}

const apart = ({ is_guest: guest, is_stranger: outside }) =>
  outside ? "From another organisation" : guest ? "Guest" : null;

/** The list in the switcher is only touched when it changed: it may be open. */
export function showSwitcher(people, reader) {
  const select = byId("person");
  const rows = people.map((person) => {
    const label = apart(person);
    const option = () => h("option", { value: person.id }, person.name);
    const make = () => (label ? h("optgroup", { label }, option()) : option());
    return { key: person.id, print: `${person.name} ${label}`, make };
  });
  reconcile(select, rows);
  if (select.value !== reader.me) select.value = reader.me;
  const me = reader.person(reader.me);
  const tile = byId("my-avatar");
  if (tile.dataset.id !== reader.me) {
    tile.dataset.id = reader.me;
    tile.replaceChildren(avatar(me, "large"));
  }
  say(byId("my-title"), [me?.title, me && apart(me)?.toLowerCase()].filter(Boolean).join(", "));
  say(byId("my-time"), `${time(reader.now(), reader.zone)} · ${zoneName(reader.now(), reader.zone)}`);
}
