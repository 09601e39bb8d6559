// What all screens share: elements, texts, figures, the header.

export const $ = (id) => document.getElementById(id);
export const all = (selector) => [...document.querySelectorAll(selector)];
export const root = document.documentElement;
export const wished = new URLSearchParams(location.search);

export function make(tag, properties = {}, ...children) {
	const element = Object.assign(document.createElement(tag), properties);
	element.append(...children);
	return element;
}

// Sets a text only when it changes: some of them are live regions.
export const set = (element, text) => element.textContent === text || (element.textContent = text);

// The parts of a table. Cells are texts or elements; the first of a row is its head.
export const table = (heads, rows) => [
	make("thead", {}, make("tr", {}, ...heads.map((head) => make(head ? "th" : "td", head && { scope: "col" }, head)))),
	make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells.map((cell, i) =>
		make(i ? "td" : "th", i ? {} : { scope: "row" }, cell))))),
];

// A canvas as sharp as the screen, empty; its size, and the stylesheet's colors of these names.
export function prepare(canvas, ...names) {
	const { clientWidth: width, clientHeight: height } = canvas;
	[canvas.width, canvas.height] = [width, height].map((size) => Math.round(size * devicePixelRatio));
	const context = canvas.getContext("2d");
	context.scale(devicePixelRatio, devicePixelRatio);
	const colors = names.map((name) => {
		canvas.style.color = `var(--${name})`;
		return [name, getComputedStyle(canvas).color];
	});
	return { context, width, height, ...Object.fromEntries(colors) };
}

const tables = { en: () => import("./en.js"), ru: () => import("./ru.js") };
let language = "en";
let texts = {};

export const say = (key, values = {}) =>
	(texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

// A number as the language writes it, if wished with a unit; – for none.
export function figure(number, digits = 0, unit = "") {
	if (!Number.isFinite(number)) return number === -Infinity ? "−∞" : "–";
	return number.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits,
		...(unit && { style: "unit", unit }) }).replace("-", "−");
}

// 0:04.2, 12:04.2 or 1:12:04.2
export const clock = (seconds) =>
	new Date(Math.floor(seconds * 10 + 1e-5) * 100).toISOString().slice(11, 21).replace(/^(00:0?|0)/, "");

// A microphone or a file is sent.
export const isLive = (state) => ["recording", "away", "catching"].includes(state);

export const sayBlocked = (key) => say(key, { host: location.hostname, secure: `https://${location.host}` });

// What every recorder shows: its state, what its button does, a notice.
export function showState(state, notice, text) {
	root.dataset.state = state;
	$("start").classList.toggle("stop", isLive(state));
	set($("start"), say(isLive(state) ? "stop" : "start"));
	set($("state"), text);
	set($("notice"), notice);
	$("notice").parentElement.hidden = !notice;
}

const themes = { auto: "◐", light: "○", dark: "●" };

// Shows the page in its language and colors, also after they are changed, and calls `render`. `more` are other texts.
export function dress(render, more = {}) {
	const show = async () => {
		const tags = [localStorage.language, ...navigator.languages].map((tag) => tag?.slice(0, 2));
		language = tags.find((tag) => tag in tables) ?? "en";
		texts = { ...(await tables[language]()).default, ...more[language] };
		root.lang = language;
		const theme = root.dataset.theme = localStorage.theme ?? "auto";
		for (const element of all("[data-text]")) {
			(element.firstChild ?? element.appendChild(new Text())).data = say(element.dataset.text);
		}
		for (const element of all("[data-label]")) element.ariaLabel = say(element.dataset.label);
		if ($("theme")) {
			$("theme").ariaLabel = $("theme").title = `${say("theme")}: ${say(theme)}`;
			set($("theme"), themes[theme]);
			$("page-language").value = language;
		}
		render();
	};
	const change = (id, event, name, next) => $(id)?.addEventListener(event, () => {
		localStorage[name] = next();
		show();
	});
	change("page-language", "change", "language", () => $("page-language").value);
	change("theme", "click", "theme", () => ({ auto: "light", light: "dark" })[root.dataset.theme] ?? "auto");
	matchMedia("(prefers-color-scheme: dark)").onchange = render;
	return show();
}
