// Building DOM nodes: text goes in as text nodes only, so nothing that a person typed becomes markup.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "multiple", "inert", "scrollTop"]);

/** h("button", {class: "primary", onclick: fn, "data-x": 1}, "Text", node, [nodes]) */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) put(node, name, value);
  append(node, children);
  return node;
}

function put(node, name, value) {
  if (value === undefined || value === null) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (PROPERTIES.has(name)) node[name] = value;
  else if (value === true) node.setAttribute(name, "");
  else if (value !== false) node.setAttribute(name, String(value));
}

export function append(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Shows `text`, and touches the page only where it changed: screen readers would say it again. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let last = 0;
export const freshId = (prefix) => `${prefix}-${++last}`;

const FOCUSABLE = "a[href], button, input, select, textarea, [tabindex]";
export function focusable(root) {
  return [...root.querySelectorAll(FOCUSABLE)].filter((n) => !n.disabled && n.tabIndex >= 0 && n.offsetParent !== null);
}

export function debounce(wait, run) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), wait);
  };
}

/** Makes `container` hold `rows` ({key, print, make}), leaving alone every node whose print is the same. */
export function reconcile(container, rows) {
  const old = new Map([...container.children].map((node) => [node.rowKey, node]));
  const nodes = rows.map(({ key, print, make }) => {
    const there = old.get(key);
    if (there?.rowPrint === print) return there;
    return Object.assign(make(), { rowKey: key, rowPrint: print });
  });
  const wanted = new Set(nodes);
  for (const node of [...container.children]) if (!wanted.has(node)) node.remove();
  nodes.forEach(
    (node, at) => container.children[at] !== node && container.insertBefore(node, container.children[at] ?? null),
  );
}
