// What a recording is made with: microphone, engine, language.
import { microphones } from "./capture.js";
import { ask } from "./server.js";
import { $, make, root, say, wished } from "./ui.js";

let engines = [];

// Fills a box with [value, text, isDisabled]: what was chosen stays so, or else the first wish.
function offer(select, list, ...wishes) {
	const value = [select.value, ...wishes].find((wish) => list.some(([one]) => wish === one));
	select.replaceChildren(...list.map(([value, text, disabled = false]) => make("option", { value, disabled }, text)));
	if (value) select.value = value;
}

export async function listMicrophones() {
	const named = (await microphones()).filter(({ deviceId, label }) => label && deviceId !== "default");
	offer($("microphone"), [["", say("anyMicrophone")], ...named.map(({ deviceId, label }) => [deviceId, label])]);
}

// Asks the server what it has. Returns the status of its answer.
export async function listEngines() {
	const { status, body } = await ask("engines");
	engines = body.engines ?? [];
	offer($("engine"), engines.map(({ engine, state, model }) => [engine,
		[engine, model, state !== "ready" && say("unavailable")].filter(Boolean).join(" · "), state !== "ready"]),
	wished.get("engine"), body.default);
	if ($("engine").selectedOptions[0]?.disabled) $("engine").value = body.default;
	listLanguages();
	return status;
}

export function listLanguages() {
	const languages = engines.find(({ engine }) => engine === $("engine").value)?.languages ?? [];
	const names = new Intl.DisplayNames(root.lang, { type: "language" });
	const any = languages.length === 1 ? [] : [["", say("anyLanguage")]];
	offer($("language"), [...any, ...languages.map((tag) => [tag, names.of(tag)])], wished.get("language"));
}

export const chosen = () => Object.fromEntries(["engine", "language"].map((name) =>
	[name, $(name)?.value || wished.get(name) || undefined]));

export const wishes = () => Object.fromEntries(["level", "noise", "echo"].map((name) =>
	[name, Boolean($(`change-${name}`)?.checked)]));
