// Where messages and commands are typed, with completion of commands, their subcommands and names.
import { h, freshId } from "./dom.js";

/** The words behind a command, out of its usage hint: "[start | reflect [text] | …]". */
export function subcommands(hint = "") {
  const bare = hint.startsWith("[") && hint.endsWith("]") ? hint.slice(1, -1) : hint;
  return bare
    .split("|")
    .map((part) => part.trim())
    .filter((part) => /^[a-z]/i.test(part));
}

/** What could be meant by `text`: [{text: what the box then holds, label, note}]. */
export function completions(text, commands, people) {
  if (/^\/\S*$/.test(text))
    return commands
      .filter((c) => c.command.startsWith(text))
      .map((c) => ({ text: `${c.command} `, exact: c.command, label: c.command, note: c.description }));
  const [, name, typed] = /^(\/\S+) +(\S*)$/.exec(text) ?? [];
  const command = commands.find((c) => c.command === name);
  if (command && !typed.startsWith("@")) {
    return subcommands(command.usage_hint)
      .map((shape) => ({ shape, word: shape.split(" ")[0] }))
      .filter(({ word }) => word.startsWith(typed.toLowerCase()))
      .map(({ shape, word }) => ({
        text: `${name} ${word}${shape === word ? "" : " "}`,
        exact: `${name} ${word}`,
        label: `${name} ${shape}`,
        note: "",
      }));
  }
  return named(text, people);
}

function named(text, people) {
  const [, before, typed] = /^([\s\S]*(?:^|\s))@([\p{L}\p{N}]*)$/u.exec(text) ?? [];
  if (before === undefined) return [];
  return people
    .filter((person) =>
      person.name
        .toLowerCase()
        .split(" ")
        .some((word) => word.startsWith(typed.toLowerCase())),
    )
    .map((person) => ({
      text: `${before}@${person.name} `,
      exact: `${before}@${person.name}`,
      label: `@${person.name}`,
      note: person.title ?? "",
    }));
}

/** Names that were completed become mentions, the longest first so that no name is cut short. */
export function withMentions(text, people) {
  const byLength = [...people].sort((a, b) => b.name.length - a.name.length);
  return byLength.reduce((all, person) => all.replaceAll(`@${person.name}`, `<@${person.id}>`), text);
}

/** One text box with its list. `source()` gives {commands, people}; `send(text)` says whether it was taken. */
export function composer({ testid, label, source, send, changed }) {
  const id = freshId("completion");
  const list = h("ul", {
    class: "options above",
    id,
    role: "listbox",
    "aria-label": "Completion",
    "data-testid": testid === "composer" ? "completion" : null,
    hidden: true,
  });
  const box = h("textarea", {
    rows: 1,
    "aria-label": label,
    placeholder: label,
    id: `${testid}-text`,
    "data-testid": testid,
    "aria-autocomplete": "list",
    "aria-haspopup": "listbox",
    "aria-controls": id,
    enterkeyhint: "send",
  });
  const button = h(
    "button",
    { type: "submit", class: "button primary", "data-testid": testid === "composer" ? "send" : `${testid}-send` },
    "Send",
  );
  const form = h("form", { class: "composer" }, list, box, button);
  const self = { form, box, list, button, items: [], active: -1, source, changed, send };
  box.addEventListener("input", () => typed(self));
  box.addEventListener("keydown", (event) => onKey(event, self));
  box.addEventListener("blur", () => setTimeout(() => document.activeElement !== box && shut(self), 150));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    give(self);
  });
  return { form, box, put: (text, name) => put(self, text, name) };
}

function put(self, text, label) {
  self.box.value = text;
  self.box.placeholder = label;
  self.box.setAttribute("aria-label", label);
  grow(self.box);
  shut(self);
}

function typed(self) {
  self.changed(self.box.value);
  grow(self.box);
  const { commands, people } = self.source();
  self.items = completions(self.box.value, commands, people);
  draw(self);
}

/** The box is as high as its text; the style sheet says how high at most. */
function grow(box) {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

/** Nothing is marked when what is typed is complete: Enter then sends. */
function draw(self) {
  if (!self.items.length) return shut(self);
  const text = self.box.value;
  const whole = self.items.some((item) => item.exact === text.trimEnd());
  self.list.replaceChildren(
    ...self.items.map((item, at) =>
      h(
        "li",
        {
          role: "option",
          id: `${self.list.id}-${at}`,
          "data-value": item.exact,
          onpointerdown: (e) => e.preventDefault(),
          onclick: () => take(self, item),
        },
        h("strong", {}, item.label),
        item.note && h("small", {}, item.note),
      ),
    ),
  );
  self.list.hidden = false;
  mark(self, whole || /\s$/.test(text) ? -1 : 0);
}

function mark(self, to) {
  const rows = [...self.list.children];
  self.active = to < 0 ? -1 : to % rows.length;
  rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === self.active)));
  const row = rows[self.active];
  if (!row) return self.box.removeAttribute("aria-activedescendant");
  self.box.setAttribute("aria-activedescendant", row.id);
  row.scrollIntoView({ block: "nearest" });
}

function shut(self) {
  self.items = [];
  self.active = -1;
  self.list.hidden = true;
  self.list.replaceChildren();
  self.box.removeAttribute("aria-activedescendant");
}

function take(self, item) {
  self.box.value = item.text;
  self.box.focus();
  typed(self);
  if (!item.text.endsWith(" ")) shut(self);
}

function onKey(event, self) {
  if (event.isComposing) return;
  const count = self.items.length;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && count) {
    event.preventDefault();
    mark(self, self.active < 0 ? (step > 0 ? 0 : count - 1) : (self.active + step + count) % count);
  } else if (event.key === "Escape" && count) {
    event.preventDefault();
    shut(self);
  } else if (event.key === "Tab" && count && !event.shiftKey) {
    event.preventDefault();
    take(self, self.items[Math.max(self.active, 0)]);
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (self.active >= 0) take(self, self.items[self.active]);
    else give(self);
  }
}

/** What was not taken comes back into the box, unless something new stands there. */
async function give(self) {
  const text = self.box.value.trim();
  if (!text) return;
  self.box.value = "";
  self.changed("");
  grow(self.box);
  shut(self);
  const taken = await self.send(text);
  if (taken || self.box.value) return;
  self.box.value = text;
  self.changed(text);
  grow(self.box);
}
