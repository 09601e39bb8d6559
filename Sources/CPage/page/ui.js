// What all screens share: elements, texts, figures, the header.
import texts from "./texts.js";

export const $ = new Proxy({}, { get: (_, id) => document.getElementById(id) });
export const all = (selector) => [...document.querySelectorAll(selector)];
export const root = document.documentElement;
export const wished = new URLSearchParams(location.search);

// `data`: its data attributes.
export function make(tag, { data, ...properties } = {}, ...children) {
	const element = Object.assign(document.createElement(tag), properties);
	Object.assign(element.dataset, data);
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

// A canvas as sharp as the screen, empty; its size, and the colors that the stylesheet gives it.
export function prepare(canvas) {
	const { clientWidth: width, clientHeight: height } = canvas;
	[canvas.width, canvas.height] = [width, height].map((size) => Math.round(size * devicePixelRatio));
	const context = canvas.getContext("2d");
	context.scale(devicePixelRatio, devicePixelRatio);
	const { color: accent, borderTopColor: line, outlineColor: trace, caretColor: stop } = getComputedStyle(canvas);
	return { context, width, height, accent, line, trace, stop };
}

const languages = ["en", "ru"];
const themes = { auto: "◐", light: "○", dark: "●" };
const link = (href, text) =>
	make("a", { href, data: { text }, ariaCurrent: href === location.pathname ? "page" : null });
document.body.prepend(make("header", { className: "top" },
	make("a", { href: "/" }, make("img", { src: "/page/icon.svg", alt: "", width: 28, height: 28 }),
		make("h1", {}, "Audio Service")),
	make("nav", {}, link("/", "Speak"), link("/operator", "Operator")),
	make("select", { id: "page-language", data: { label: "pageLanguage" } },
		...languages.map((value) => make("option", { value }, value.toUpperCase()))),
	make("button", { id: "theme", className: "icon" })));

export function say(key, values) {
	const [english, russian] = [key, texts[key] ?? key].flat().slice(-2);
	return (root.lang === "ru" ? russian : english).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// A number as the language writes it, if wished with a unit; – for none.
export function figure(number, digits = 0, unit = "") {
	if (!Number.isFinite(number)) return number === -Infinity ? "−∞" : "–";
	return number.toLocaleString(root.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits,
		...(unit && { style: "unit", unit }) }).replace("-", "−");
}

// 0:04.2, 12:04.2 or 1:12:04.2
export const clock = (seconds) =>
	new Date(Math.floor(seconds * 10 + 1e-5) * 100).toISOString().slice(11, 21).replace(/^(00:0?|0)/, "");

// Shows the page in its language and colors, also after they are changed, and calls `render`.
export function dress(render) {
	const show = () => {
		const tags = [localStorage.language, ...navigator.languages].map((tag) => tag?.slice(0, 2));
		root.lang = tags.find((tag) => languages.includes(tag)) ?? "en";
		const theme = localStorage.theme ?? "auto";
		root.style.colorScheme = theme.replace("auto", "");
		for (const element of all("[data-text]")) {
			(element.firstChild ?? element.appendChild(new Text())).data = say(element.dataset.text);
		}
		for (const element of all("[data-label]")) element.ariaLabel = say(element.dataset.label);
		$.theme.ariaLabel = $.theme.title = `${say("Colors")}: ${say(theme)}`;
		set($.theme, themes[theme]);
		$["page-language"].value = root.lang;
		render();
	};
	const change = (name, value) => {
		localStorage[name] = value;
		show();
	};
	$["page-language"].onchange = ({ target }) => change("language", target.value);
	$.theme.onclick = () => change("theme", { auto: "light", light: "dark" }[localStorage.theme ?? "auto"] ?? "auto");
	matchMedia("(prefers-color-scheme: dark)").onchange = render;
	show();
}
