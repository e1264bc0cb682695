// Slack's mrkdwn as DOM nodes: &lt; &gt; &amp; are undone in text only after the markup has been found.
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { fill, full } from "./dates.js";

const INLINE = new RegExp(
  [
    "`([^`\\n]+)`",
    "<([^<>\\n]+)>",
    "(?<![\\w*])\\*(\\S|\\S[^*\\n]*\\S)\\*(?![\\w*])",
    "(?<![\\w_])_(\\S|\\S[^_\\n]*\\S)_(?![\\w_])",
    "(?<![\\w~])~(\\S|\\S[^~\\n]*\\S)~(?![\\w~])",
    ":([a-z0-9_+-]{1,40}):",
  ].join("|"),
  "g",
);
const QUOTED = /^(?:&gt;|>) ?/;
const LISTED = /^\s*[•-] /;

const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

/** Blocks of text: code fences, quotes, lists and paragraphs. `reader` knows names, zone and time. */
export function mrkdwn(text, reader) {
  const parts = (text ?? "").split(/```\n?([\s\S]*?)```/);
  return parts.flatMap((part, i) => (i % 2 ? [h("pre", {}, unescape(part))] : paragraphs(part, reader)));
}

function paragraphs(text, reader) {
  if (!text.trim()) return [];
  const groups = [];
  for (const line of text.replace(/^\n|\n$/g, "").split("\n")) {
    const kind = QUOTED.test(line) ? "quote" : LISTED.test(line) ? "list" : "text";
    if (groups.at(-1)?.kind === kind) groups.at(-1).lines.push(line);
    else groups.push({ kind, lines: [line] });
  }
  return groups.map((group) => paragraph(group, reader));
}

function paragraph({ kind, lines }, reader) {
  if (kind === "quote") return h("blockquote", {}, inline(lines.map((l) => l.replace(QUOTED, "")).join("\n"), reader));
  if (kind === "list")
    return h(
      "ul",
      {},
      lines.map((l) => h("li", {}, inline(l.replace(LISTED, ""), reader))),
    );
  return h("p", {}, inline(lines.join("\n"), reader));
}

export function inline(text, reader) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(unescape(text.slice(from, match.index)), marked(match, reader));
    from = match.index + match[0].length;
  }
  return [...nodes, unescape(text.slice(from))].filter((node) => node !== "");
}

function marked([all, code, special, bold, italic, strike, shortcode], reader) {
  if (code !== undefined) return h("code", {}, unescape(code));
  if (special !== undefined) return pointed(special, reader) ?? unescape(all);
  if (bold !== undefined) return h("strong", {}, inline(bold, reader));
  if (italic !== undefined) return h("em", {}, inline(italic, reader));
  if (strike !== undefined) return h("s", {}, inline(strike, reader));
  return emoji(shortcode);
}

/** What stands in <…>: a mention, a channel, a date, a link; null for anything else, which stays text. */
function pointed(inside, reader) {
  const [target, ...rest] = inside.split("|");
  const label = rest.length ? unescape(rest.join("|")) : "";
  if (/^@[UW]\w+$/.test(target)) return mention(target.slice(1), reader, label);
  if (/^#[CG]\w+$/.test(target)) return channelLink(target.slice(1), reader, label);
  if (/^!(here|channel|everyone)$/.test(target)) return h("span", { class: "mention" }, `@${target.slice(1)}`);
  if (target.startsWith("!date^")) return dated(target.split("^"), label, reader);
  return link(unescape(target), label);
}

export function mention(id, reader, label = "") {
  const name = reader.person(id)?.name ?? (label || id);
  return h("span", { class: reader.me === id ? "mention me" : "mention" }, `@${name}`);
}

export function channelLink(id, reader, label = "") {
  const name = reader.channel(id)?.name ?? (label || "private-channel");
  if (!reader.channel(id)) return h("span", { class: "mention" }, `#${name}`);
  return h("a", { class: "mention", href: reader.address(id) }, `#${name}`);
}

function dated([, seconds, pattern], fallback, reader) {
  return date(Number(seconds), pattern, fallback, reader);
}

export function date(seconds, pattern, fallback, reader) {
  if (!Number.isFinite(seconds) || !pattern) return fallback || "";
  const moment = new Date(seconds * 1000);
  const words = fill(pattern, seconds, reader.zone, reader.now());
  return h("time", { datetime: moment.toISOString(), title: full(moment, reader.zone) }, words);
}

/** Only addresses that a browser may follow safely become links. */
export function link(address, label = "") {
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return null;
  return h(
    "a",
    { href: address, target: "_blank", rel: "noopener noreferrer" },
    label || address.replace(/^mailto:/, ""),
  );
}
