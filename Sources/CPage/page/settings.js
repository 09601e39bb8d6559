// What a recording is made with: microphone, engine, language.
import { ask } from "./server.js";
import { $, make, root, say, wished } from "./ui.js";

let engines = [];

// Fills a box with [value, text, isDisabled]: what was chosen stays so, or else the first wish that can be had.
function offer(select, list, ...wishes) {
	const value = [select.value, ...wishes].find((wish) => list.some(([one, , disabled]) => wish === one && !disabled));
	select.replaceChildren(...list.map(([value, text, disabled = false]) => make("option", { value, disabled }, text)));
	if (value) select.value = value;
}

export async function listMicrophones() {
	const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
	const named = devices.filter((one) => one.kind === "audioinput" && one.label && one.deviceId !== "default");
	offer($.microphone, [["", say("anyMicrophone")], ...named.map(({ deviceId, label }) => [deviceId, label])]);
}

export async function listEngines() {
	const { status, body } = await ask("engines");
	$.token.hidden = status !== 401;
	engines = body.engines ?? [];
	offer($.engine, engines.map(({ engine, state, models = [] }) => [engine,
		[engine, ...models.filter((one) => one.state === "ready").map(({ model }) => model),
			state !== "ready" && say("unavailable")].filter(Boolean).join(" · "), state !== "ready"]),
	wished.get("engine"), body.default);
	listLanguages();
}

export function listLanguages() {
	const languages = engines.find(({ engine }) => engine === $.engine.value)?.languages ?? [];
	const names = new Intl.DisplayNames(root.lang, { type: "language" });
	const any = languages.length === 1 ? [] : [["", say("anyLanguage")]];
	const tags = languages.map((tag) => [tag, names.of(tag)]).sort((one, other) => one[1].localeCompare(other[1]));
	offer($.language, [...any, ...tags], wished.get("language"));
}

export const chosen = () => Object.fromEntries(["engine", "model", "language"].map((name) =>
	[name, $[name]?.value || wished.get(name) || undefined]));

export const wishes = () => Object.fromEntries(["level", "noise", "echo"].map((name) =>
	[name, $[`change-${name}`].checked]));
