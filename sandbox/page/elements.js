// Block Kit's interactive elements as real form controls.
import { h } from "./dom.js";
import { isBusy, once, settle } from "./telling.js";
import { externalSelect, multiUsers, usersSelect } from "./pickers.js";

/**
 * A control for `element`. `field` = {get(), set(given), describe: attributes, label, block, place}:
 * where its value lives and what names it. `press(value)` tells the app; null where Slack would stay quiet.
 */
export function control(element, field) {
  const make = KINDS[element.type];
  if (!make) return h("span", { class: "unknown" }, `(${element.type} can't be shown here)`);
  return make(element, field);
}

const KINDS = {
  button,
  overflow,
  static_select: staticSelect,
  external_select: externalSelect,
  users_select: usersSelect,
  multi_users_select: multiUsers,
  radio_buttons: (element, field) => choices(element, field, "radio"),
  checkboxes: (element, field) => choices(element, field, "checkbox"),
  plain_text_input: textInput,
  number_input: numberInput,
  datepicker: (element, field) => moment(element, field, "date"),
  timepicker: (element, field) => moment(element, field, "time"),
};

function button(element, field) {
  const look = `button ${element.style ?? ""}`;
  const attributes = {
    class: look,
    "data-action-id": element.action_id,
    "data-block-id": field.block,
    "data-value": element.value,
  };
  const words = element.accessibility_label;
  if (element.url && /^https?:/i.test(element.url)) {
    return h(
      "a",
      {
        ...attributes,
        href: element.url,
        target: "_blank",
        rel: "noopener noreferrer",
        "aria-label": words,
        onclick: () => field.press(element.value),
      },
      element.text.text,
    );
  }
  const node = h("button", { ...attributes, type: "button", "aria-label": words }, element.text.text);
  node.addEventListener("click", () => isBusy(node) || once(node, element, () => field.press(element.value)));
  return node;
}

function overflow(element, field) {
  const menu = h("div", { class: "menu", role: "menu", hidden: true });
  const opener = h(
    "button",
    {
      type: "button",
      class: "button more",
      "aria-label": "More actions",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "data-action-id": element.action_id,
      "data-block-id": field.block,
    },
    "⋯",
  );
  const toggle = (open) => {
    menu.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) menu.firstChild?.focus();
  };
  const pick = (option) => {
    toggle(false);
    opener.focus();
    return once(opener, element, () => field.press(option.value));
  };
  menu.append(
    ...element.options.map((option) =>
      h(
        "button",
        { type: "button", role: "menuitem", "data-value": option.value, onclick: () => pick(option) },
        option.text.text,
      ),
    ),
  );
  opener.addEventListener("click", () => toggle(menu.hidden));
  const node = h("div", { class: "overflow" }, opener, menu);
  node.addEventListener("keydown", (event) => menuKey(event, menu, opener, toggle));
  node.addEventListener("focusout", (event) => !node.contains(event.relatedTarget) && toggle(false));
  return node;
}

function menuKey(event, menu, opener, toggle) {
  const items = [...menu.children];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (menu.hidden || !(step || event.key === "Escape")) return;
  event.preventDefault();
  event.stopPropagation();
  if (step) return items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  toggle(false);
  opener.focus();
}

function staticSelect(element, field) {
  const groups = element.option_groups;
  const options = (groups ? groups.flatMap((group) => group.options) : element.options) ?? [];
  const row = (option) =>
    h("option", { value: option.value, selected: option.value === field.get()?.value }, option.text.text);
  const none = h("option", { value: "", selected: !field.get()?.value }, element.placeholder?.text ?? "Choose one");
  const node = h(
    "select",
    { ...field.describe },
    none,
    groups
      ? groups.map((group) => h("optgroup", { label: group.label.text }, group.options.map(row)))
      : options.map(row),
  );
  node.addEventListener("change", () => {
    settle(node, element, field, { value: node.value || null }, (before) => (node.value = before?.value ?? ""));
  });
  return h("div", { class: "select" }, node);
}

function choices(element, field, type) {
  const many = type === "checkbox";
  const chosen = () => (many ? (field.get()?.value ?? []).map((item) => item.value) : [field.get()?.value]);
  const name = `${field.place}/${field.block}/${element.action_id}`;
  const { id, "aria-labelledby": labelledby, ...hooks } = field.describe;
  const boxes = element.options.map((option) =>
    h("input", { type, name, ...hooks, value: option.value, checked: chosen().includes(option.value) }),
  );
  const group = h(
    "div",
    { class: "choices", role: many ? "group" : "radiogroup", id, "aria-labelledby": labelledby },
    element.options.map((option, i) =>
      h(
        "label",
        {},
        boxes[i],
        h("span", {}, option.text.text, option.description && h("small", {}, option.description.text)),
      ),
    ),
  );
  const read = () => boxes.filter((box) => box.checked).map((box) => ({ value: box.value }));
  const restore = () => boxes.forEach((box) => (box.checked = chosen().includes(box.value)));
  boxes.forEach((box) =>
    box.addEventListener("change", () => {
      const now = read();
      settle(group, element, field, many ? { value: now } : { value: now[0]?.value ?? null }, restore);
    }),
  );
  return group;
}

function textInput(element, field) {
  const longest = element.max_length ?? 3000;
  const value = field.get()?.value ?? "";
  const shared = { ...field.describe, placeholder: element.placeholder?.text, value };
  const node = element.multiline ? h("textarea", { ...shared, rows: 4 }) : h("input", { type: "text", ...shared });
  const counter = h("span", { class: "counter", "aria-live": "polite" });
  const count = () => showLeft(counter, longest - node.value.length, longest);
  node.addEventListener("input", () => {
    field.set({ value: node.value });
    count();
  });
  if (field.press && !element.multiline) onEnter(node, () => field.press(node.value));
  count();
  return h("div", { class: "text" }, node, counter);
}

/** The count appears near the end only; beyond it, how much is too much. */
function showLeft(counter, left, longest) {
  const near = left <= Math.max(20, Math.min(200, longest / 10));
  counter.textContent = near ? String(left) : "";
  counter.classList.toggle("over", left < 0);
}

function onEnter(node, run) {
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    run();
  });
}

function numberInput(element, field) {
  const node = h("input", {
    type: "text",
    inputmode: element.is_decimal_allowed ? "decimal" : "numeric",
    class: "number",
    ...field.describe,
    placeholder: element.placeholder?.text,
    value: field.get()?.value ?? "",
  });
  node.addEventListener("input", () => field.set({ value: node.value }));
  if (field.press) onEnter(node, () => field.press(node.value));
  return node;
}

function moment(element, field, type) {
  const node = h("input", { type, ...field.describe, value: field.get()?.value ?? "" });
  const undo = (before) => (node.value = before?.value ?? "");
  node.addEventListener("change", () => settle(node, element, field, { value: node.value || null }, undo));
  return node;
}
