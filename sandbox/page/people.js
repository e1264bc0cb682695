// People as the page shows them: a tile with initials in their colour.
import { h } from "./dom.js";

const colour = (person) => (person?.color ? `#${String(person.color).replace("#", "")}` : "#6b6f76");

export function initials(name = "") {
  const words = name.split(/\s+/).filter(Boolean);
  return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
}

/** Dark letters on a light tile, light ones on a dark tile, by WCAG's luminance. */
function letters(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const line = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * line(r) + 0.7152 * line(g) + 0.0722 * line(b) > 0.18 ? "#1d1d1b" : "#ffffff";
}

export function avatar(person, size = "") {
  const node = h(
    "span",
    { class: `avatar ${size} ${person?.is_bot ? "bot" : ""}`, "aria-hidden": "true" },
    initials(person?.name),
  );
  const hex = colour(person);
  node.style.backgroundColor = hex;
  node.style.color = letters(hex);
  return node;
}
