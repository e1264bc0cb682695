// Shortcuts: what the app put into a message's menu, and into the one that is everywhere.
import { byId, h, reconcile } from "./dom.js";
import { toast } from "./layers.js";

/** The menu of one message; none where Slack has none. */
export function messageMenu(message, space) {
  if (message.ephemeral || space.channel.member === false) return null;
  const entries = offered(space, "message");
  const on = { channel: space.channel.id, ts: message.ts };
  return entries.length ? menu("⋯", "More actions", "message-menu", entries, on, space) : null;
}

/** The menu in the room's head. */
export function showShortcuts(space) {
  const entries = offered(space, "global");
  const print = JSON.stringify([space.app.as, entries]);
  const make = () => menu("⚡", "Shortcuts", "shortcuts-menu", entries, {}, space);
  reconcile(byId("shortcuts"), entries.length ? [{ key: "shortcuts", print, make }] : []);
}

function offered({ app, reader }, type) {
  if (reader.person(app.as)?.is_stranger) return [];
  return (app.state.shortcuts ?? []).filter((each) => each.type === type);
}

function menu(sign, label, testid, entries, on, space) {
  const box = h(
    "details",
    { class: "shortcuts", "data-testid": testid },
    h("summary", { "aria-label": label, title: label }, sign),
    h(
      "div",
      { class: "shortcuts-list" },
      entries.map((entry) =>
        h(
          "button",
          {
            type: "button",
            class: "button",
            title: entry.description,
            "data-testid": `shortcut-${entry.callback_id}`,
            onclick: () => ((box.open = false), use(entry, on, space)),
          },
          entry.name,
        ),
      ),
    ),
  );
  return box;
}

async function use(entry, on, { api }) {
  const answer = await api.shortcut({ callback_id: entry.callback_id, ...on });
  if (!answer.ok) toast(`“${entry.name}” didn't work (${answer.error ?? "no answer"}). Try again?`, "trouble");
}
