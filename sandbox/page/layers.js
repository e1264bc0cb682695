// Dialogs over the page: what lies beneath is inert, Tab stays inside, focus goes back where it came from.
import { byId, focusable, freshId, h } from "./dom.js";

const layers = [];

function makeInert() {
  byId("shell").inert = layers.length > 0;
  layers.forEach((layer, i) => (layer.node.inert = i < layers.length - 1));
}

/** Shows `node` on top; `escape` runs on Escape or a click beside it. Gives back a function that takes it away. */
export function openLayer(node, escape) {
  const layer = { node, escape, back: document.activeElement };
  layers.push(layer);
  node.tabIndex = -1; // a click on plain text keeps the focus inside, and Escape working
  node.addEventListener("keydown", (event) => onKey(event, layer));
  byId("layers").append(node);
  makeInert();
  return () => closeLayer(layer);
}

function closeLayer(layer) {
  const at = layers.indexOf(layer);
  if (at < 0) return;
  layers.splice(at, 1);
  layer.node.remove();
  makeInert();
  const back = layer.back?.isConnected
    ? layer.back
    : (byId("layers").querySelector("input, button") ?? byId("composer-text"));
  back?.focus({ preventScroll: true });
}

function onKey(event, layer) {
  if (event.key === "Escape") {
    event.preventDefault();
    layer.escape();
  }
  if (event.key === "Tab") turnRound(event, layer.node);
}

function turnRound(event, node) {
  const stops = focusable(node);
  const [first, last] = [stops[0], stops.at(-1)];
  const edge = event.shiftKey ? first : last;
  if (document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}

/** Slack's confirm dialog; answers whether the person said yes. */
export function ask(confirm) {
  return new Promise((answer) => {
    const [title, text] = [freshId("ask"), freshId("ask")];
    const done = (yes) => {
      close();
      answer(yes);
    };
    const style = confirm.style === "danger" ? "button danger" : "button primary";
    const box = h(
      "div",
      {
        class: "dialog small",
        role: "alertdialog",
        "aria-modal": "true",
        "aria-labelledby": title,
        "aria-describedby": text,
        "data-testid": "confirm",
      },
      h("h2", { id: title }, confirm.title?.text ?? "Are you sure?"),
      h("p", { id: text }, confirm.text?.text ?? ""),
      h(
        "div",
        { class: "dialog-foot" },
        h(
          "button",
          { type: "button", class: "button", onclick: () => done(false), "data-testid": "confirm-no" },
          confirm.deny?.text ?? "Cancel",
        ),
        h(
          "button",
          { type: "button", class: style, onclick: () => done(true), "data-testid": "confirm-yes" },
          confirm.confirm?.text ?? "Yes",
        ),
      ),
    );
    const close = openLayer(h("div", { class: "layer" }, box), () => done(false));
    box.querySelector("button").focus();
  });
}

/** A short message at the edge of the page; it stays long enough to be read. */
export function toast(text, kind = "notice") {
  const node = h(
    "div",
    { class: `toast ${kind}`, "data-testid": "toast" },
    h("span", {}, text),
    h("button", { type: "button", class: "quiet", "aria-label": "Dismiss", onclick: () => node.remove() }, "×"),
  );
  byId("toasts").append(node);
  setTimeout(() => node.remove(), 5000 + text.length * 60);
  while (byId("toasts").children.length > 3) byId("toasts").firstChild.remove();
}
