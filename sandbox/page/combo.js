// A text box that offers choices while one types: for people and for options that the app looks up.
import { debounce, freshId, h } from "./dom.js";

/**
 * `find(query)` gives (a promise of) [{value, label, node?}]; `choose(item)` is told what was picked; `least` is how
 * many letters it takes. The list closes on Escape without closing the dialog around it.
 */
export function combo({ attributes, label, placeholder, least = 0, find, choose, text = "", keepText = false }) {
  const id = freshId("list");
  const list = h("ul", { class: "options", id, role: "listbox", "aria-label": label, hidden: true });
  const input = h("input", {
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-expanded": "false",
    "aria-controls": id,
    "aria-autocomplete": "list",
    placeholder,
    ...attributes,
    value: text,
  });
  const box = { input, list, items: [], active: -1, text, asked: 0 };
  const pick = (item) => {
    box.text = keepText ? item.label : "";
    input.value = box.text;
    shut(box);
    choose(item);
  };
  const look = () => search(box, { least, find, pick });
  const later = debounce(150, look);
  input.addEventListener("input", later);
  input.addEventListener("click", () => list.hidden && look());
  input.addEventListener("focus", () => input.select());
  input.addEventListener("keydown", (event) => onKey(event, box, pick, look));
  input.addEventListener("blur", () => setTimeout(() => restore(box), 150));
  return { input, node: h("div", { class: "combo" }, input, list), box };
}

async function search(box, { least, find, pick }) {
  const query = box.input.value === box.text ? "" : box.input.value.trim();
  if (query.length < least) return note(box, `Type ${least} or more letters`);
  const asked = ++box.asked;
  const found = await find(query);
  if (asked !== box.asked || document.activeElement !== box.input) return;
  if (found === null) return note(box, "That didn't load. Try again?");
  show(box, found, pick);
}

function show(box, items, pick) {
  if (!items.length) return note(box, "Nothing found");
  box.items = items;
  const rows = items.map((item, i) =>
    h(
      "li",
      {
        role: "option",
        id: `${box.list.id}-${i}`,
        "data-value": item.value,
        onpointerdown: (e) => e.preventDefault(),
        onclick: () => pick(item),
      },
      item.node ?? item.label,
    ),
  );
  box.list.replaceChildren(...rows);
  open(box);
  mark(box, 0);
}

function note(box, text) {
  box.items = [];
  box.list.replaceChildren(h("li", { class: "none", role: "option", "aria-disabled": "true" }, text));
  open(box);
}

function open(box) {
  box.list.hidden = false;
  box.input.setAttribute("aria-expanded", "true");
  box.list.scrollIntoView({ block: "nearest" });
}

function shut(box) {
  box.asked++;
  box.list.hidden = true;
  box.list.replaceChildren();
  box.items = [];
  box.active = -1;
  box.input.setAttribute("aria-expanded", "false");
  box.input.removeAttribute("aria-activedescendant");
}

function restore(box) {
  if (document.activeElement === box.input) return;
  shut(box);
  box.input.value = box.text;
}

function mark(box, to) {
  const rows = box.list.children;
  box.active = (to + box.items.length) % box.items.length;
  [...rows].forEach((row, i) => row.setAttribute("aria-selected", String(i === box.active)));
  box.input.setAttribute("aria-activedescendant", rows[box.active].id);
  rows[box.active].scrollIntoView({ block: "nearest" });
}

function onKey(event, box, pick, look) {
  const isOpen = !box.list.hidden;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    if (isOpen && box.items.length) mark(box, box.active + step);
    else look();
  }
  if (event.key === "Enter") {
    event.preventDefault();
    if (isOpen && box.items[box.active]) pick(box.items[box.active]);
  }
  if (event.key === "Escape" && isOpen) {
    event.preventDefault();
    event.stopPropagation();
    shut(box);
  }
}
