// Slack's rich_text blocks as DOM nodes: literal text with styles, mentions, dates, links, lists, quotes, code.
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { channelLink, date, link, mention } from "./mrkdwn.js";

const PARTS = {
  rich_text_section: (part, reader) => h("p", {}, words(part, reader)),
  rich_text_quote: (part, reader) => h("blockquote", {}, words(part, reader)),
  rich_text_preformatted: (part, reader) => h("pre", {}, words(part, reader)),
  rich_text_list: list,
};

export function richText(block, reader) {
  return (block.elements ?? []).map((part) => PARTS[part.type]?.(part, reader) ?? null);
}

function list(part, reader) {
  const tag = part.style === "ordered" ? "ol" : "ul";
  const items = (part.elements ?? []).map((item) => h("li", {}, words(item, reader)));
  return h(
    tag,
    { class: `indent-${Math.min(part.indent ?? 0, 4)}`, start: part.offset ? part.offset + 1 : null },
    items,
  );
}

const words = (part, reader) => (part.elements ?? []).map((element) => styled(element, word(element, reader)));

function word(element, reader) {
  switch (element.type) {
    case "text":
      return element.text;
    case "user":
      return mention(element.user_id, reader);
    case "channel":
      return channelLink(element.channel_id, reader);
    case "emoji":
      return emoji(element.name, element.unicode);
    case "link":
      return link(element.url, element.text) ?? element.text ?? element.url;
    case "date":
      return date(element.timestamp, element.format, element.fallback, reader);
    case "broadcast":
      return h("span", { class: "mention" }, `@${element.range}`);
    default:
      return element.text ?? "";
  }
}

const STYLES = [
  ["code", "code"],
  ["strike", "s"],
  ["italic", "em"],
  ["bold", "strong"],
];

function styled(element, node) {
  for (const [name, tag] of STYLES) if (element.style?.[name]) node = h(tag, {}, node);
  return node;
}
