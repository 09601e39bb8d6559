// What proves a recording: the account while it is made, the receipt after it, every chunk.
import { decibels, rms } from "./levels.js";
import { $, figure, make, say, set, table } from "./ui.js";

const replies = ["acknowledgedAt", "answeredAt"];

// In place: no element is replaced while one reads.
export function showAccount({ session, source, microphone, lost }) {
	const [acknowledgement, answer] = replies.map((key) => figure(session.latency(key), 1, "millisecond"));
	const figures = {
		sent: figure(session.next - 1),
		acknowledged: figure(session.acknowledged),
		answered: figure(session.answered),
		waiting: figure(session.count - session.answered),
		acknowledgement,
		answer,
		reconnected: figure(session.reconnected),
		kept: figure(session.keptBytes / 1000, 0, "kilobyte"),
		...(session.resent && { resent: figure(session.resent) }),
		...(!source && { lost: figure(microphone?.lost ?? lost, 1, "second") }),
	};
	const list = $.figures;
	while (list.childElementCount > Object.keys(figures).length) list.lastChild.remove();
	Object.entries(figures).forEach(([name, text], i) => {
		const [head, value] = (list.children[i] ?? list.appendChild(make("div", {}, make("dt"), make("dd")))).children;
		set(head, say(name));
		set(value, text);
	});
	if ($.chunks.open) showChunks(session.recent);
}

function showChunks(chunks) {
	const heads = ["number", "bytes", "dBFS", "peak", "CLIP", "acknowledgement", "answer"].map((key) => say(key));
	$.every.replaceChildren(...table(heads, chunks.reverse().map(({ number, size, levels, ...times }) => [
		figure(number), figure(size), figure(decibels(rms(levels)), 1), figure(decibels(levels.peak), 1),
		figure(levels.clipped), ...replies.map((key) => figure(times[key] - times.sentAt, 1))])));
}

export function showReceipt({ result, failure, source, session }) {
	const { rows = [], agrees = false } = result ?? {};
	const hashes = rows.find(({ name }) => name === "sha256");
	const write = (name, value) => name === "sha256" ? make("code", {}, value)
		: figure(value, name === "rms" || name === "peak" ? 6 : 0);
	const cells = rows.map(({ name, agrees, page, server }) => [say(name), write(name, page), write(name, server),
		make("b", { className: agrees ? "" : "bad" }, agrees ? "✓" : "≠")]);
	const parts = [
		make("h2", {}, make("span", { className: "seal", ariaHidden: "true" }, agrees ? "✓" : "!"),
			say(!result ? "noReceipt" : agrees ? "agrees" : "differs")),
		result && make("table", {}, ...table(["", say("page"), say("server"), ""], cells)),
		result && make("details", {}, make("summary", {}, say("whole")),
			...["page", "server"].flatMap((side) => [say(side), make("code", {}, hashes[side])])),
		failure && make("p", {}, say("says", { text: failure })),
		result && source?.isWhole && session.bytes === source.size && make("p", {}, say("own")),
		session.base > 0 && make("p", {}, say("part", { first: figure(session.base + 1) })),
	];
	$.receipt.classList.toggle("bad", !agrees);
	$.receipt.replaceChildren(...parts.filter(Boolean));
}
