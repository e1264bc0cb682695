// Modals: the top view of the stack is shown; it is drawn anew only when the app changed it.
import { blocks, collected } from "./blocks.js";
import { freshId, h } from "./dom.js";
import { openLayer } from "./layers.js";

const TROUBLE = "We had some trouble connecting. Try again?";
let open = null; // {view, print, node, surface, close, seen: what errors the state said last}
let waiting = false;

/** Brings the dialog into line with `views`. `space` = {reader, fields, api: {submit, close, press, suggest}}. */
export function showModals(views, space) {
  const view = views.at(-1);
  if (!view) return shut();
  const print = `${view.id} ${view.hash ?? JSON.stringify(view.blocks)}`;
  if (open?.print !== print) replace(view, print, space);
  else open.view = view;
  adopt(view);
}

function shut() {
  open?.close();
  open = null;
}

/** Draws the view, in the dialog that is there already if there is one, and puts the focus back where it was. */
function replace(view, print, space) {
  const place = where();
  const surface = surfaceFor(view, space);
  const dialog = draw(view, surface, space);
  if (open) {
    open.node.replaceChildren(dialog);
    Object.assign(open, { view, print, surface, seen: "" });
  } else {
    const node = h("div", { class: "layer" }, dialog);
    open = { view, print, surface, node, seen: "", close: openLayer(node, () => leave(space)) };
  }
  focusOn(dialog, place?.id === view.id ? place : null);
}

function where() {
  const at = document.activeElement;
  if (!open?.node.contains(at)) return null;
  const scroll = open.node.querySelector(".dialog-body").scrollTop;
  return {
    id: open.view.id,
    block: at.dataset.blockId,
    action: at.dataset.actionId,
    from: at.selectionStart,
    to: at.selectionEnd,
    scroll,
  };
}

function focusOn(dialog, place) {
  const same =
    place?.block &&
    dialog.querySelector(`[data-block-id="${CSS.escape(place.block)}"][data-action-id="${CSS.escape(place.action)}"]`);
  const target =
    same ||
    dialog.querySelector(".dialog-body :is(input, textarea, select):not([disabled])") ||
    dialog.querySelector(".dialog-foot .primary") ||
    dialog.querySelector("button");
  target?.focus({ preventScroll: true });
  if (!same) return;
  dialog.querySelector(".dialog-body").scrollTop = place.scroll;
  if (typeof place.from === "number" && target.setSelectionRange) target.setSelectionRange(place.from, place.to);
}

function surfaceFor(view, space) {
  const values = view.state?.values ?? view.state ?? {};
  const surface = {
    id: view.id,
    kind: "modal",
    reader: space.reader,
    fields: space.fields,
    inputs: new Map(),
    state: (block, action) => values[block]?.[action],
    press: (what) => space.api.press({ ...what, view_id: view.id, values: collected(surface) }),
    suggest: (what) => space.api.suggest({ ...what, view_id: view.id }),
    edited: (block) => mark(block, null),
  };
  return surface;
}

function draw(view, surface, space) {
  const title = freshId("title");
  const close = () => leave(space);
  const form = h(
    "form",
    { novalidate: true },
    h(
      "header",
      { class: "dialog-head" },
      h("h2", { id: title }, view.title.text),
      h("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: close }, "×"),
    ),
    h("div", { class: "dialog-body" }, blocks(view.blocks, surface)),
    h("p", { class: "dialog-error", role: "alert", hidden: true, "data-testid": "modal-error" }),
    foot(view, close),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (view.submit) submit(space);
  });
  const hooks = { "data-testid": "modal", "data-view-id": view.id };
  return h("div", { class: "dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": title, ...hooks }, form);
}

function foot(view, close) {
  const words = view.close?.text ?? (view.submit ? "Cancel" : "Close");
  return h(
    "footer",
    { class: "dialog-foot" },
    h("button", { type: "button", class: "button", onclick: close, "data-testid": "modal-close" }, words),
    view.submit &&
      h("button", { type: "submit", class: "button primary", "data-testid": "modal-submit" }, view.submit.text),
  );
}

async function leave(space) {
  if (waiting || !open) return;
  await space.api.close({ view_id: open.view.id });
}

async function submit(space) {
  if (waiting) return;
  const sent = open;
  sleep(true);
  const answer = await space.api.submit({ view_id: sent.view.id, values: collected(sent.surface) });
  sleep(false);
  if (open !== sent || open.view.id !== sent.view.id) return;
  if (answer.ok) return;
  const errors = answer.errors ?? {};
  showErrors(errors, Object.keys(errors).length ? null : spoken(answer.error));
  firstWrong()?.focus();
}

/** Slack's own sentence stands for every way in which the app can fail to answer. */
const spoken = (error) => (!error || /^[a-z_0-9]+$/.test(error) ? TROUBLE : error);

/** While the app is asked, nothing in the form can be changed or sent twice. */
function sleep(on) {
  waiting = on;
  const form = open?.node.querySelector(".dialog");
  if (!form) return;
  const button = form.querySelector("[type=submit]");
  if (on) open.focus = document.activeElement;
  form.setAttribute("aria-busy", String(on));
  form.querySelector(".dialog-body").inert = on;
  form.querySelectorAll(".dialog-foot button, .dialog-head button").forEach((each) => (each.disabled = on));
  if (button) button.textContent = on ? "Sending…" : open.view.submit.text;
  if (!on && open.focus?.isConnected) open.focus.focus({ preventScroll: true });
}

/** Errors that the state tells of are shown once; what the person then corrects is not marked again. */
function adopt(view) {
  const print = JSON.stringify([view.errors ?? {}, view.error ?? null]);
  if (print === open.seen || waiting) return;
  open.seen = print;
  const errors = view.errors ?? {};
  if (Object.keys(errors).length || view.error) showErrors(errors, view.error && spoken(view.error));
}

function showErrors(errors, line) {
  for (const block of open.surface.inputs.keys()) mark(block, errors[block] ?? null);
  const unplaced = Object.entries(errors).filter(([block]) => !open.surface.inputs.has(block));
  const text = [line, ...unplaced.map(([, words]) => words)].filter(Boolean).join(" ");
  const node = open.node.querySelector(".dialog-error");
  node.textContent = text;
  node.hidden = !text;
}

function mark(block, words) {
  const box = open?.node.querySelector(`[data-input="${CSS.escape(block)}"]`);
  if (!box) return;
  const line = box.querySelector(".error");
  line.textContent = words ?? "";
  line.hidden = !words;
  for (const node of box.querySelectorAll("[data-action-id], .choices")) {
    const rest = (node.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== line.id);
    const described = [...(words ? [line.id] : []), ...rest].join(" ");
    if (described) node.setAttribute("aria-describedby", described);
    else node.removeAttribute("aria-describedby");
    node.setAttribute("aria-invalid", String(Boolean(words)));
  }
}

const firstWrong = () => open.node.querySelector(":is(input, textarea, select)[aria-invalid=true]");
