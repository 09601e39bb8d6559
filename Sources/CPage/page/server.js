// The server this page came from: its token, its addresses, and why it refuses.

let token = "";

/** Takes a token out of the address, where it must not stay, or the one this tab was told to keep. */
export function findToken() {
  const found = /^#token=([\w-]+)$/.exec(location.hash);
  if (found) history.replaceState(null, "", location.pathname + location.search);
  token = found?.[1] ?? sessionStorage.getItem("token") ?? "";
}

export function setToken(value, { keep = false } = {}) {
  token = value.trim();
  if (keep) sessionStorage.setItem("token", token);
  else sessionStorage.removeItem("token");
}

/** For each: the status (0: no answer) and the JSON body. */
export async function ask(path) {
  try {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const response = await fetch(`/api/audio/${path}`, { headers, cache: "no-store" });
    return { status: response.status, body: await response.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: {} };
  }
}

/** A socket for a stream. One that comes back says so, and is not refused for want of room. */
export function connect({ returns }) {
  const url = `${location.protocol.replace("http", "ws")}//${location.host}/api/audio/ws${returns ? "?resume=true" : ""}`;
  const protocols = ["audio-service.page", "audio-service"];
  return new WebSocket(url, token ? [...protocols, `token.${token}`] : protocols);
}

/** A browser says nothing of a refused upgrade. Returns `token`, `unreachable`, or `refused` with the server's words. */
export async function whyRefused() {
  const engines = await ask("engines");
  if (engines.status === 401) return { reason: "token" };
  if (engines.status === 0) return { reason: "unreachable" };
  const { status, body } = await ask("ready");
  const text = status === 503 ? body.reason ?? body.error ?? "" : body.error ?? "";
  return { reason: "refused", text };
}
