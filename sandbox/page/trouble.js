// Slack in trouble on demand: what goes wrong, at what, how often; and the way back.
import { byId, h, reconcile } from "./dom.js";
import { post, remove } from "./api.js";
import { toast } from "./layers.js";

const KINDS = [
  { words: "Too busy: wait 5 s (429)", kind: "ratelimited", retry_after: 5 },
  { words: "Error 500, nothing done", kind: "http_500" },
  { words: "Error 500, yet done", kind: "served_then_500" },
  { words: "Time-out: no answer", kind: "hang" },
  { words: "Cut off, nothing done", kind: "reset" },
  { words: "Cut off, yet done", kind: "served_then_reset" },
];
const METHODS = [
  { words: "asks for anything", method: "*" },
  { words: "posts a message", method: "chat.postMessage" },
  { words: "changes a message", method: "chat.update" },
  { words: "opens a form", method: "views.open" },
  { words: "shows a Home", method: "views.publish" },
];
const OFTEN = [
  { words: "the next time", times: 1 },
  { words: "the next 5 times", times: 5 },
  { words: "one time in three", times: 0, chance: 0.33 },
  { words: "every time", times: 0 },
];

export function startTrouble(changed) {
  const lists = { "fault-kind": KINDS, "fault-method": METHODS, "fault-often": OFTEN };
  for (const [id, entries] of Object.entries(lists))
    byId(id).append(...entries.map(({ words }, at) => h("option", { value: at }, words)));
  byId("trouble-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = Object.entries(lists).map(([id, entries]) => ({ ...entries[byId(id).value], words: undefined }));
    tell("faults", Object.assign({}, ...chosen), changed);
  });
  byId("line-cut").addEventListener("click", () => tell("sockets", { op: "cut" }, changed));
  byId("fault-clear").addEventListener("click", async () => {
    await remove("faults");
    changed();
  });
}

async function tell(path, body, changed) {
  const answer = await post(path, body);
  if (!answer.ok) toast(`That didn’t work (${answer.error}).`, "trouble");
  else if (path === "sockets") toast("The line was cut.");
  changed();
}

/** Which faults wait to strike. */
export function showTrouble({ faults = [] }) {
  const rows = faults.map((fault, at) => {
    const words = said(fault);
    return { key: String(at), print: words, make: () => h("li", {}, words) };
  });
  reconcile(byId("faults"), rows);
  byId("fault-clear").hidden = !faults.length;
}

function said({ kind, method, times, chance }) {
  const what = KINDS.find((each) => each.kind === kind)?.words ?? kind;
  const where = METHODS.find((each) => each.method === method)?.words ?? `calls ${method}`;
  const often = times ? (times === 1 ? "the next time" : `${times} more times`) : chance < 1 ? "now and then" : "every time";
  return `${what} – ${often}, when Collab ${where}`;
}
