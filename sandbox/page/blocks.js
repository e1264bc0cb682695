// Block Kit's blocks as DOM nodes. A surface is where they stand: a message, a modal or Home.
import { freshId, h } from "./dom.js";
import { control } from "./elements.js";
import { onTheWire, startingValue } from "./fields.js";
import { inline, mrkdwn } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/**
 * surface = {id, kind: "message" | "modal" | "home", reader, fields, state(block, action), press({...}),
 * suggest({...}), inputs: Map}. `inputs` collects what a submission sends.
 */
export function blocks(list, surface) {
  return (list ?? []).map((block, at) => drawn(block, block.block_id ?? `block-${at}`, surface));
}

function drawn(block, id, surface) {
  const draw = DRAW[block.type];
  if (!draw) return h("p", { class: "unknown" }, `(${block.type} can't be shown here)`);
  return draw(block, id, surface);
}

const DRAW = {
  header: (block, _id, surface) =>
    h(surface.kind === "modal" ? "h3" : "h2", { class: "block header" }, block.text.text),
  divider: () => h("hr", { class: "block" }),
  section,
  context: (block, _id, surface) =>
    h(
      "div",
      { class: "block context" },
      (block.elements ?? []).map((part) => small(part, surface)),
    ),
  actions: (block, id, surface) =>
    h(
      "div",
      { class: "block actions" },
      block.elements.map((element) => control(element, field(element, id, block, surface))),
    ),
  rich_text: (block, _id, surface) => h("div", { class: "block rich" }, richText(block, surface.reader)),
  image: (block) =>
    h("figure", { class: "block" }, picture(block), block.title && h("figcaption", {}, block.title.text)),
  input,
};

export function words(text, reader) {
  return text.type === "mrkdwn" ? mrkdwn(text.text, reader) : h("p", {}, text.text);
}

function small(part, surface) {
  if (part.type === "image") return picture(part);
  return h("span", {}, part.type === "mrkdwn" ? inline(part.text, surface.reader) : part.text);
}

/** Pictures come from elsewhere; the page shows what they say instead of fetching them. */
const picture = (block) => h("span", { class: "picture", role: "img", "aria-label": block.alt_text }, block.alt_text);

function section(block, id, surface) {
  const beside = block.accessory;
  const side = !beside
    ? null
    : beside.type === "image"
      ? picture(beside)
      : control(beside, field(beside, id, block, surface));
  return h(
    "div",
    { class: "block section" },
    h(
      "div",
      { class: "section-text" },
      block.text && words(block.text, surface.reader),
      block.fields &&
        h(
          "div",
          { class: "fields" },
          block.fields.map((text) => h("div", {}, words(text, surface.reader))),
        ),
    ),
    side && h("div", { class: "section-side" }, side),
  );
}

const GROUPED = new Set(["radio_buttons", "checkboxes"]);
const LABELLED_BY_CHILD = (element) => GROUPED.has(element.type);

function input(block, id, surface) {
  const element = block.element;
  const [name, note] = [freshId("label"), freshId("note")];
  const made = field(element, id, block, surface, { name, note: block.hint && note });
  surface.inputs?.set(id, { action: element.action_id, type: element.type });
  const tag = LABELLED_BY_CHILD(element) ? "div" : "label";
  return h(
    "div",
    { class: "block input", "data-input": id },
    h(
      tag,
      { class: "label", id: name, for: tag === "label" ? made.describe.id : null },
      block.label.text,
      block.optional && h("span", { class: "optional" }, " (optional)"),
    ),
    control(element, made),
    h("p", { class: "error", id: `${name}-error`, hidden: true, "data-testid": "field-error" }),
    block.hint && h("p", { class: "hint", id: note }, block.hint.text),
  );
}

/** What a control needs to know about where it stands. Inputs stay quiet until they are submitted, as in Slack. */
function field(element, id, block, surface, labelled = null) {
  const action = element.action_id;
  const quiet = block.type === "input" && !block.dispatch_action;
  const target = { block_id: block.block_id, action_id: action };
  if (!surface.fields.get(surface.id, id, action)) {
    surface.fields.set(surface.id, id, action, startingValue(element, surface.state?.(id, action)));
  }
  return {
    reader: surface.reader,
    block: id,
    place: surface.id,
    label: block.label?.text ?? element.placeholder?.text ?? "Choose",
    get: () => surface.fields.get(surface.id, id, action),
    set: (given) => {
      surface.fields.set(surface.id, id, action, given);
      surface.edited?.(id);
    },
    press: quiet ? null : (value) => surface.press({ ...target, value }),
    suggest: (query) => surface.suggest({ ...target, block_id: id, query }),
    describe: described(element, id, labelled, block),
  };
}

function described(element, id, labelled, block) {
  const required = labelled && !block.optional && !GROUPED.has(element.type);
  return {
    id: freshId("field"),
    "data-action-id": element.action_id,
    "data-block-id": id,
    "aria-label": labelled ? null : (element.placeholder?.text ?? "Choose"),
    "aria-labelledby": labelled?.name,
    "aria-describedby": labelled?.note || null,
    "aria-required": required ? "true" : null,
  };
}

/** Everything that was filled in, as a submission sends it. */
export function collected(surface) {
  const values = {};
  for (const [block, { action, type }] of surface.inputs) {
    values[block] = { [action]: onTheWire(type, surface.fields.get(surface.id, block, action)) };
  }
  return values;
}
