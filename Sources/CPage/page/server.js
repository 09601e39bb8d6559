// The server this page came from: its token and its addresses.
import { $, make } from "./ui.js";

let token = "";
$.token.append(
	make("label", { data: { text: "askToken" } }, " ",
		make("input", { name: "token", type: "password", autocomplete: "off", required: true })),
	make("label", { className: "box" }, make("input", { name: "keep", type: "checkbox" }),
		make("span", { data: { text: "remember" } })),
	make("button", { className: "main", data: { text: "use" } }));

// Calls `use` with every token: that of the address, where it must not stay, the kept one, and those that are typed.
export function watchToken(use) {
	const find = () => {
		const found = /^#token=([\w-]+)$/.exec(location.hash);
		if (found) history.replaceState(null, "", location.pathname + location.search);
		token = found?.[1] ?? sessionStorage.token ?? "";
		use();
	};
	addEventListener("hashchange", find);
	$.token.onsubmit = (event) => {
		event.preventDefault();
		const form = new FormData(event.target);
		token = form.get("token").trim();
		sessionStorage.token = form.has("keep") ? token : "";
		use();
	};
	find();
}

// The status of an answer (0: there is none) and its JSON.
export async function ask(path) {
	try {
		const headers = token ? { authorization: `Bearer ${token}` } : {};
		const response = await fetch(`/api/audio/${path}`, { headers, cache: "no-store" });
		return { status: response.status, body: await response.json().catch(() => ({})) };
	} catch {
		return { status: 0, body: {} };
	}
}

// One that comes back says so, and is not refused for want of room. With this subprotocol the server says on the socket
// why it refuses one: browsers hide the status.
export const connect = (isBack) => new WebSocket(`/api/audio/ws${isBack ? "?resume=true" : ""}`,
	["audio-service.page", ...(token ? [`token.${token}`] : [])]);
