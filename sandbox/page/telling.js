// Telling the app what was pressed or picked: once, and only after a confirm dialog's yes.
import { onTheWire } from "./fields.js";
import { ask } from "./layers.js";

/** Runs `tell`, marked as busy meanwhile (not disabled: the focus would be lost); a confirm dialog comes first. */
export async function once(node, element, tell) {
  if (element.confirm && !(await ask(element.confirm))) return false;
  node.setAttribute("aria-busy", "true");
  await tell();
  node.removeAttribute("aria-busy");
  return true;
}

export const isBusy = (node) => node.getAttribute("aria-busy") === "true";

/** Keeps the value and tells the app where the element does that; on a "no" to its confirm the old one comes back. */
export async function settle(node, element, field, given, undo) {
  const before = field.get();
  field.set(given);
  if (!field.press) return;
  const told = await once(node, element, () => field.press(onTheWire(element.type, given)));
  if (!told) {
    field.set(before);
    undo?.(before);
  }
}
