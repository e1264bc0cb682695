// The page's start: what is shown, whose eyes see it, and when it is fetched anew.
import { get, listen, post } from "./api.js";
import { showClock, startClock } from "./clock.js";
import { byId } from "./dom.js";
import { showExample, startExample } from "./example.js";
import { Fields } from "./fields.js";
import { toast } from "./layers.js";
import { showModals } from "./modals.js";
import { showRoom, startRoom } from "./room.js";
import { showSidebar, showSwitcher } from "./sidebar.js";
import { showTrouble, startTrouble } from "./trouble.js";

const FIRST_CHANNEL = "learning-circle";
const app = { state: null, as: "", at: "", thread: null, fetched: 0, notices: [], fields: new Fields() };
const params = () => new URLSearchParams(location.hash.slice(1));
const isReal = (person) => !person.is_bot && !person.deleted;

/** What drawing needs to know about who looks. */
const reader = {
  get me() {
    return app.as;
  },
  get zone() {
    return this.person(app.as)?.tz ?? "UTC";
  },
  now: () => new Date(Date.parse(app.state.now) + (performance.now() - app.fetched)),
  people: () => app.state.people,
  person: (id) => app.state.people.find((person) => person.id === id),
  channel: (id) => app.state.channels.find((channel) => channel.id === id),
  file: (id) => app.state.files?.[id],
  address: (at) => `#as=${app.as}&in=${at}`,
};

const as = (body) => ({ as: app.as, ...body });
const api = {
  message: (body) => told("message", body),
  command: (body) => told("command", body),
  invite: (body) => told("channel", body),
  shortcut: (body) => told("shortcut", body),
  submit: (body) => told("submit", body),
  close: (body) => told("close", body),
  press: async (body) => {
    const answer = await told("press", body);
    if (!answer.ok) toast(`Collab didn't respond to that (${answer.error ?? "no answer"}). Try again?`, "trouble");
    return answer;
  },
  suggest: async (body) => {
    const answer = await post("suggest", as(body));
    if (!answer.ok) return null;
    const options = [...(answer.options ?? []), ...(answer.option_groups ?? []).flatMap((group) => group.options)];
    return options.map((option) => ({ value: option.value, label: option.text?.text ?? option.text }));
  },
};

/** Posts in the person's name, and looks at once at what came of it. */
async function told(path, body) {
  const answer = await post(path, as(body));
  await refresh();
  return answer;
}

let running = null;
let again = false;

/** One fetch at a time; a change that is told of meanwhile leads to one more. */
export function refresh() {
  again = running !== null;
  running ??= fetchAll().finally(() => (running = null));
  return running;
}

let later = null;

/** While the example is acted out everything changes all the time: a look now and then is enough. */
function changed() {
  if (app.state?.example !== "playing") refresh();
  else later ??= setTimeout(() => ((later = null), refresh()), 700);
}

async function fetchAll() {
  do {
    again = false;
    const person = app.as;
    const state = await get(`state?as=${encodeURIComponent(person)}`);
    byId("offline").hidden = state !== null;
    if (state && person === app.as) take(state);
    else if (person !== app.as) again = true;
  } while (again);
}

function take(state) {
  const first = app.state === null;
  Object.assign(app, { state, fetched: performance.now() });
  const lost = app.at === "home" ? reader.person(app.as)?.is_stranger : !reader.channel(app.at);
  if (lost) app.at = instead();
  if (first || lost) location.replace(reader.address(app.at));
  announce(state.notices ?? []);
  draw();
  markRead();
}

/** Where one is when the wanted place is not there: from somebody's messages to one's own, else the first channel. */
function instead() {
  const rooms = app.state.channels;
  const own = app.at.startsWith("D") && rooms.find((channel) => channel.kind === "dm");
  return (own || rooms.find((channel) => channel.name === FIRST_CHANNEL) || rooms[0])?.id ?? "home";
}

/** Only notices that were not there last time are shown. */
function announce(notices) {
  const known = app.notices.every((text, i) => notices[i] === text) ? app.notices.length : 0;
  notices.slice(known).forEach((text) => toast(text));
  app.notices = notices;
}

const switchable = () => app.state.people.filter((person) => isReal(person) || person.id === app.as);

function draw() {
  const space = { app, reader, fields: app.fields, api, openThread };
  showSwitcher(switchable(), reader);
  showSidebar(app.state, app.at, reader);
  showClock(app.state.clock ?? {}, reader);
  showExample(app.state);
  showTrouble(app.state);
  showRoom(space);
  showModals(app.state.modals ?? [], space);
}

function openThread(ts) {
  app.thread = ts;
  draw();
  byId("thread")
    .querySelector(ts ? "textarea, button" : "button")
    ?.focus();
  if (!ts) byId("composer-text")?.focus();
}

/** Tells once for each newest message that it was seen. */
async function markRead() {
  const channel = reader.channel(app.at);
  if (!channel?.unread || document.visibilityState !== "visible") return;
  const seen = `${app.as}/${channel.id}/${app.state.messages[channel.id]?.at(-1)?.ts}`;
  if (seen === app.seen) return;
  app.seen = seen;
  await post("read", as({ channel: channel.id }));
}

/** The address says who looks at what; following a link or going back comes through here. */
function follow() {
  const wanted = params();
  const person = wanted.get("as");
  const moved = wanted.get("in") !== app.at;
  if (!wanted.get("in") || !app.state) return;
  const changed = person !== app.as && reader.person(person);
  app.at = wanted.get("in");
  if (changed) become(person);
  if (moved || changed) app.thread = null;
  sidebar(false);
  if (moved && app.at === "home" && !changed) post("home", as({}));
  if (!changed && (reader.channel(app.at) || app.at === "home")) draw();
  refresh();
}

function become(person) {
  app.as = person;
  app.notices = [];
  if (app.at === "home" && !reader.person(person)?.is_stranger) post("home", as({}));
}

function sidebar(open) {
  const bar = byId("sidebar");
  bar.classList.toggle("open", open);
  byId("shade").hidden = !open;
  byId("menu").setAttribute("aria-expanded", String(open));
  if (open) byId("person").focus();
}

function wire() {
  window.addEventListener("hashchange", follow);
  document.addEventListener("visibilitychange", refresh);
  byId("person").addEventListener("change", (event) => (location.hash = `as=${event.target.value}&in=${app.at}`));
  byId("menu").addEventListener("click", () => sidebar(!byId("sidebar").classList.contains("open")));
  byId("shade").addEventListener("click", () => sidebar(false));
  byId("sidebar").addEventListener(
    "keydown",
    (event) => event.key === "Escape" && (sidebar(false), byId("menu").focus()),
  );
  byId("sidebar").addEventListener("click", (event) => event.target.closest("a") && sidebar(false));
  byId("thread-close").addEventListener("click", () => openThread(null));
  byId("thread").addEventListener(
    "keydown",
    (event) => event.key === "Escape" && !event.defaultPrevented && openThread(null),
  );
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("composer-text")?.focus();
  });
  startClock(refresh);
  startExample(refresh);
  startTrouble(refresh);
  startRoom({ app, reader, api });
  setInterval(() => app.state && (showClock(app.state.clock ?? {}, reader), showSwitcher(switchable(), reader)), 5000);
}

async function start() {
  const people = await get("people");
  if (!people) {
    byId("offline").hidden = false;
    return setTimeout(start, 1500);
  }
  const list = Array.isArray(people) ? people : people.people;
  const wanted = params();
  app.as = (list.find((person) => person.id === wanted.get("as")) ?? list.find(isReal)).id;
  app.at = wanted.get("in") ?? "";
  wire();
  if (app.at === "home") await post("home", as({}));
  await refresh();
  listen(changed);
}

start();
