// Talking to the sandbox: JSON there and back, and one stream that says when something changed.

async function call(path, options) {
  try {
    const answer = await fetch(`/sandbox/${path}`, options);
    const body = await answer.json().catch(() => null);
    return { status: answer.status, body };
  } catch {
    return { status: 0, body: null };
  }
}

/** The answer's body; where there is none, {ok: false, error} so that callers have one shape to look at. */
export async function post(path, body) {
  const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await call(path, options);
  if (answer.body) return { ok: answer.status < 400, ...answer.body, status: answer.status };
  return { ok: false, error: answer.status ? `http_${answer.status}` : "no_connection", status: answer.status };
}

export const remove = (path) => call(path, { method: "DELETE" });

export async function get(path) {
  const answer = await call(path, { cache: "no-store" });
  return answer.status === 200 ? answer.body : null;
}

/** Calls `changed` on every change; while the stream is down, every four seconds too. */
export function listen(changed) {
  const source = new EventSource("/sandbox/events");
  source.onmessage = changed;
  source.onopen = changed;
  setInterval(() => source.readyState !== EventSource.OPEN && changed(), 4000);
}
