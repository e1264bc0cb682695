// Selects with a search: people, several people, and options that the app looks up.
import { h } from "./dom.js";
import { combo } from "./combo.js";
import { settle } from "./telling.js";
import { avatar } from "./people.js";

function personRow(person) {
  return h(
    "span",
    { class: "person-row" },
    avatar(person),
    h("span", {}, person.name, person.is_bot && h("span", { class: "badge" }, "APP")),
    h("small", {}, person.title),
  );
}

function findPeople(field, without) {
  return (query) =>
    field.reader
      .people()
      .filter((person) => !person.deleted && !without().includes(person.id))
      .filter((person) => `${person.name} ${person.title ?? ""}`.toLowerCase().includes(query.toLowerCase()))
      .map((person) => ({ value: person.id, label: person.name, node: personRow(person) }));
}

export function usersSelect(element, field) {
  const name = field.reader.person(field.get()?.value)?.name ?? "";
  const made = combo({
    attributes: field.describe,
    label: field.label,
    placeholder: element.placeholder?.text ?? "Choose a person",
    find: findPeople(field, () => []),
    choose: (item) => settle(made.input, element, field, { value: item.value }),
    text: name,
    keepText: true,
  });
  return clearable(made, element, field);
}

export function externalSelect(element, field) {
  const now = field.get();
  const made = combo({
    attributes: field.describe,
    label: field.label,
    placeholder: element.placeholder?.text ?? "Type to search",
    least: element.min_query_length ?? 3,
    find: field.suggest,
    choose: (item) => settle(made.input, element, field, { value: item.value, label: item.label }),
    text: now?.value ? (now.label ?? now.value) : "",
    keepText: true,
  });
  return clearable(made, element, field);
}

/** An emptied box means that nothing is picked. */
function clearable(made, element, field) {
  made.input.addEventListener("input", () => {
    if (made.input.value.trim() || !made.box.text) return;
    made.box.text = "";
    settle(made.input, element, field, { value: null });
  });
  return made.node;
}

export function multiUsers(element, field) {
  const ids = () => (field.get()?.value ?? []).map((item) => item.value);
  const chips = h("ul", { class: "chips", "aria-label": `${field.label}: chosen` });
  const save = (next) => {
    settle(made.input, element, field, { value: next.map((value) => ({ value })) }, draw);
    draw();
  };
  const remove = (id) => {
    save(ids().filter((other) => other !== id));
    made.input.focus();
  };
  const draw = () => chips.replaceChildren(...ids().map((id) => chip(field.reader.person(id), id, remove)));
  const made = combo({
    attributes: field.describe,
    label: field.label,
    placeholder: element.placeholder?.text ?? "Add people",
    find: findPeople(field, ids),
    choose: (item) => save([...ids(), item.value]),
  });
  made.input.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && !made.input.value && ids().length) remove(ids().at(-1));
  });
  draw();
  return h("div", { class: "multi" }, chips, made.node);
}

function chip(person, id, remove) {
  const name = person?.name ?? id;
  return h(
    "li",
    { class: "chip", "data-value": id },
    person && avatar(person),
    h("span", {}, name),
    h("button", { type: "button", "aria-label": `Remove ${name}`, onclick: () => remove(id) }, "×"),
  );
}
