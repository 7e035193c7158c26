// For a browser app: lets its page in, and asks the service through `safelight proxy`.
//
//   import { connect } from "http://localhost:8080/.safelight/browser.js";
//   const ask = await connect();
//   const photos = await (await ask("/v1/photos")).json();

const origin = new URL(import.meta.url).origin;
const session = `${origin}/.safelight/session`;

/** A `fetch` for paths of the service. Throws an Error with the proxy's words, whose `code` is
 * "not_let_in" when the printed link has to be opened first. */
export async function connect() {
  const given = new URLSearchParams(location.hash.slice(1)).get("safelight");
  const answer = given ? await letIn(given) : await fetch(session, { credentials: "include" });
  if (!answer.ok) {
    const problem = await answer.json();
    throw Object.assign(new Error(problem.detail), { code: problem.code });
  }
  const { csrf_token: token } = await answer.json();
  return (path, options = {}) => {
    const headers = new Headers(options.headers);
    const method = (options.method ?? "GET").toUpperCase();
    if (method !== "GET" && method !== "HEAD") headers.set("X-Safelight-CSRF", token);
    return fetch(origin + path, { ...options, method, headers, credentials: "include" });
  };
}

async function letIn(code) {
  // The code is good once, and nobody who looks at the address later needs it.
  history.replaceState(null, "", location.pathname + location.search);
  const answer = await fetch(session, {
    method: "POST",
    credentials: "include",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code }),
  });
  // A link that was opened twice in one browser: it is in already.
  return answer.status === 401 ? fetch(session, { credentials: "include" }) : answer;
}
