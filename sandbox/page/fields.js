// What was filled in, kept apart from the page: drawing a form anew must not lose what somebody is typing.

const NO_VALUE = Object.freeze({ value: null });

/** A value is {value, label?}: text, an option's value, a list of {value, label} for multiple ones, or null. */
export class Fields {
  constructor() {
    this.surfaces = new Map();
  }

  of(surface) {
    if (!this.surfaces.has(surface)) this.surfaces.set(surface, new Map());
    return this.surfaces.get(surface);
  }

  get(surface, block, action) {
    return this.of(surface).get(`${block}/${action}`);
  }

  set(surface, block, action, given) {
    this.of(surface).set(`${block}/${action}`, given);
  }
}

const picked = (option) => ({ value: option.value, label: option.text?.text ?? option.value });
const bare = (id) => ({ value: id });

/** What a field starts with: the state the sandbox keeps for it, or what the element says itself. */
export function startingValue(element, state) {
  return fromState(state) ?? fromElement(element);
}

function fromState(state) {
  if (state === undefined || state === null) return null;
  if (typeof state !== "object") return { value: String(state) };
  if (Array.isArray(state)) return { value: state.map(bare) };
  if (state.selected_option) return picked(state.selected_option);
  if (state.selected_options) return { value: state.selected_options.map(picked) };
  if (state.selected_users) return { value: state.selected_users.map(bare) };
  const one = state.value ?? state.selected_date ?? state.selected_time ?? state.selected_user;
  return one === undefined || one === null ? NO_VALUE : { value: String(one) };
}

function fromElement(element) {
  if (element.initial_option) return picked(element.initial_option);
  if (element.initial_options) return { value: element.initial_options.map(picked) };
  if (element.initial_users) return { value: element.initial_users.map(bare) };
  return {
    value: element.initial_value ?? element.initial_date ?? element.initial_time ?? element.initial_user ?? null,
  };
}

const LISTS = new Set(["checkboxes", "multi_users_select"]);
const TEXTS = new Set(["plain_text_input", "number_input"]);

/** A value as the sandbox's interface takes it. */
export function onTheWire(type, given) {
  if (LISTS.has(type)) return (given?.value ?? []).map((item) => item.value);
  if (TEXTS.has(type)) return given?.value ?? "";
  return given?.value ?? null;
}
