// The worked example: offered while nothing was posted yet.
import { byId, say } from "./dom.js";
import { post } from "./api.js";
import { toast } from "./layers.js";

export function startExample(changed) {
  byId("example").addEventListener("click", () => load(changed));
}

async function load(changed) {
  const answer = await post("example", {});
  if (answer.ok) toast("Here is a group before its fourth meeting. Its questions are open: answer as anybody you like.");
  else toast(`The example could not be loaded (${answer.error}).`, "trouble");
  changed();
}

export function showExample({ example }) {
  byId("example-offer").hidden = example === "over";
  byId("example").disabled = example === "playing";
  byId("example").toggleAttribute("aria-busy", example === "playing");
  say(byId("example"), example === "playing" ? "Three meetings go by…" : "Load the example");
}
