// The middle of the page: a channel, the app's messages or its Home, with the composer below and a thread beside.
import { blocks } from "./blocks.js";
import { composer, withMentions } from "./composer.js";
import { byId, h, reconcile, say } from "./dom.js";
import { toast } from "./layers.js";
import { inChannel, inThread, showMessages, stayAtEnd } from "./messages.js";
import { showShortcuts } from "./shortcuts.js";

const drafts = new Map();
let main, side, shown, sideShown;

const people = (space) => space.reader.people().filter((person) => !person.deleted);

/** Whether somebody from another organisation looks: Slack gives them no commands. */
const isOutside = (space) => Boolean(space.reader.person(space.app.as)?.is_stranger);

/** Makes both composers; they live as long as the page, so that nothing typed is lost when it is drawn anew. */
export function startRoom(space) {
  const source = () => ({ commands: isOutside(space) ? [] : (space.app.state.commands ?? []), people: people(space) });
  const keep = (key) => (text) => drafts.set(key(), text);
  main = composer({
    testid: "composer",
    label: "Message",
    source,
    send: (text) => send(text, null, space),
    changed: keep(() => shown),
  });
  side = composer({
    testid: "thread-composer",
    label: "Reply",
    source,
    send: (text) => send(text, space.app.thread, space),
    changed: keep(() => sideShown),
  });
  stayAtEnd(byId("messages"));
  byId("composer").append(main.form);
  byId("thread-composer").append(side.form);
}

export function showRoom(space) {
  const { app, reader } = space;
  const isHome = app.at === "home";
  const channel = isHome ? null : reader.channel(app.at);
  byId("home").hidden = !isHome;
  byId("messages").hidden = isHome;
  head(channel, reader);
  showShortcuts(space);
  if (isHome) showHome(app.state.home, space);
  if (channel) showChannel(channel, space);
  showComposer(channel, space);
  showThread(channel, space);
  document.body.dataset.as = app.as; // whose eyes the page shows now: typing before that would be another's draft
}

function head(channel, reader) {
  const isDirect = channel?.kind === "dm";
  const name = !channel || isDirect ? "Collab" : `${channel.is_private ? "🔒\ufe0e" : "#"} ${channel.name}`;
  say(byId("room-name"), name);
  document.title = `${channel && !isDirect ? `#${channel.name}` : name} – Collab sandbox`;
  say(byId("room-about"), !channel ? "Home" : isDirect ? "Messages" : membership(channel, reader));
  byId("room-about").title = channel
    ? (channel.members ?? []).map((id) => reader.person(id)?.name ?? id).join(", ")
    : "";
}

function membership(channel, reader) {
  const members = (channel.members ?? []).map((id) => reader.person(id)).filter(Boolean);
  const people = members.filter((person) => !person.is_bot).length;
  const apps = members.filter((person) => person.is_bot).map((person) => person.name);
  const missing = apps.includes("Collab") ? "" : "; Collab isn’t here yet";
  return [`${people} ${people === 1 ? "person" : "people"}`, ...apps].join(", ") + missing;
}

/** While another channel's messages come in, nothing is read out. */
function showChannel(channel, space) {
  const list = byId("messages");
  const key = `${space.app.as}/${channel.id}`;
  const isNew = list.dataset.shown !== key;
  if (isNew) {
    list.setAttribute("aria-live", "off");
    list.replaceChildren();
    list.dataset.shown = key;
    setTimeout(() => list.setAttribute("aria-live", "polite"), 500);
  }
  const messages = inChannel(space.app.state.messages[channel.id] ?? []);
  showMessages(list, messages, { ...space, channel, canReply: canWrite(channel) });
  if (isNew) list.scrollTop = list.scrollHeight;
}

const canWrite = (channel) => channel.kind === "channel" && channel.member !== false && !channel.read_only;

function showHome(view, space) {
  const print = view ? `${space.app.as} ${view.hash ?? JSON.stringify(view.blocks)} ${space.reader.zone}` : "";
  const make = () =>
    h(
      "div",
      { class: "home-page", "data-testid": "home-view" },
      view
        ? blocks(view.blocks, homeSurface(view, print, space))
        : h("p", { class: "empty" }, "Collab’s Home is on its way…"),
    );
  reconcile(byId("home"), [{ key: "home", print, make }]);
}

function homeSurface(view, print, { reader, fields, api }) {
  return {
    id: `home/${print}`,
    kind: "home",
    reader,
    fields,
    inputs: new Map(),
    press: (what) => api.press({ ...what, home: true }),
    suggest: (what) => api.suggest({ ...what, view_id: view.id }),
  };
}

function showComposer(channel, { app }) {
  const writable = channel && canWrite(channel);
  byId("composer").hidden = !writable;
  byId("read-only").hidden = Boolean(writable) || !channel;
  if (channel && !writable) say(byId("read-only"), whyReadOnly(channel));
  const key = channel ? `${app.as}/${channel.id}` : "";
  if (!channel || key === shown) return;
  shown = key;
  main.put(drafts.get(key) ?? "", `Message #${channel.name}`);
}

function whyReadOnly(channel) {
  if (channel.kind === "dm") return "Collab writes to you here. To talk to it, type /collab in a channel.";
  return channel.member === false ? "You are not in this channel." : "Nothing can be written here.";
}

function showThread(channel, space) {
  const { app } = space;
  const messages = channel && app.thread ? inThread(app.state.messages[channel.id] ?? [], app.thread) : [];
  const panel = byId("thread");
  panel.hidden = !messages.length;
  byId("shell").classList.toggle("with-thread", !panel.hidden);
  if (panel.hidden) return;
  showMessages(byId("thread-messages"), messages, { ...space, channel, canReply: false }, { thread: true });
  byId("thread-composer").hidden = !canWrite(channel);
  const key = `${app.as}/${channel.id}/${app.thread}`;
  if (key === sideShown) return;
  sideShown = key;
  side.put(drafts.get(key) ?? "", "Reply");
  byId("thread-messages").scrollTop = 0;
}

/** A message, or a command; gives back whether it was taken. */
async function send(text, thread, space) {
  const channel = space.app.at;
  if (!text.startsWith("/")) {
    const typed = withMentions(text, people(space));
    const answer = await space.api.message({ channel, text: typed, ...(thread ? { thread_ts: thread } : {}) });
    if (!answer.ok) toast(`Your message was not sent (${answer.error}).`, "trouble");
    return answer.ok;
  }
  const [, name, rest] = /^(\/\S*)\s*([\s\S]*)$/.exec(text);
  if (isOutside(space)) {
    toast("Slack has no commands for people from another organisation. The buttons in the channel work for you.", "trouble");
    return false;
  }
  if (name === "/invite" || name === "/remove") return invite(name, rest, space);
  if (!space.app.state.commands.some((each) => each.command === name)) {
    toast(`${name} is not a command here. Try /collab.`, "trouble");
    return false;
  }
  if (thread) {
    toast(`Slack takes no commands in threads. Type ${name} in the channel.`, "trouble");
    return false;
  }
  const answer = await space.api.command({ channel, command: name, text: withMentions(rest, people(space)) });
  if (!answer.ok) toast(`${name} failed with the error "${answer.error}"`, "trouble");
  return answer.ok;
}

/** Slack's own commands that bring the app or somebody into a channel, or out of it. */
async function invite(name, rest, space) {
  const wanted = rest.trim().replace(/^@/, "").toLowerCase();
  const person = people(space).find((each) => each.name.toLowerCase() === wanted);
  if (!person) {
    toast(`${name} needs a name, like ${name} @Collab.`, "trouble");
    return false;
  }
  const answer = await space.api.invite({
    op: name === "/invite" ? "join" : "leave",
    channel: space.app.at,
    person: person.id,
  });
  if (!answer.ok) toast(`That didn't work (${answer.error}).`, "trouble");
  return answer.ok;
}
