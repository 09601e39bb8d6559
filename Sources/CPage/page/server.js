// The server this page came from: its token and its addresses.

let token = "";

// Takes a token out of the address, where it must not stay, or the kept one.
export function findToken() {
	const found = /^#token=([\w-]+)$/.exec(location.hash);
	if (found) history.replaceState(null, "", location.pathname + location.search);
	token = found?.[1] ?? sessionStorage.getItem("token") ?? "";
}

export function setToken(value, isKept) {
	token = value.trim();
	sessionStorage.setItem("token", isKept ? token : "");
}

// For each: the status (0: no answer) and the JSON body.
export async function ask(path) {
	try {
		const headers = token ? { authorization: `Bearer ${token}` } : {};
		const response = await fetch(`/api/audio/${path}`, { headers, cache: "no-store" });
		return { status: response.status, body: await response.json().catch(() => ({})) };
	} catch {
		return { status: 0, body: {} };
	}
}

// One that comes back says so, and is not refused for want of room. To this subprotocol the server says on the socket
// why it refuses one: browsers hide the status.
export const connect = (isBack) => new WebSocket(`/api/audio/ws${isBack ? "?resume=true" : ""}`,
	["audio-service.page", ...(token ? [`token.${token}`] : [])]);
