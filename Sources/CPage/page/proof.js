// What proves a recording: the account while it is made, the receipt after it, every chunk.
import { decibels, rms } from "./levels.js";
import { $, figure, make, say, set, table } from "./ui.js";

// In place: no element is replaced while one reads.
export function showAccount({ session, source, microphone, lost }) {
	const figures = {
		sent: figure(session.next - 1),
		acknowledged: figure(session.acknowledged),
		answered: figure(session.answered),
		waiting: figure(session.count - session.answered),
		acknowledgement: figure(session.latency("acknowledgedAt"), 1, "millisecond"),
		answer: figure(session.latency("answeredAt"), 1, "millisecond"),
		reconnected: figure(session.reconnected),
		kept: figure(session.keptBytes / 1000, 0, "kilobyte"),
		...(session.resent && { resent: figure(session.resent) }),
		...(!source && { lost: figure(microphone?.lost ?? lost, 1, "second") }),
	};
	const list = $("figures");
	while (list.childElementCount > Object.keys(figures).length) list.lastChild.remove();
	Object.entries(figures).forEach(([name, text], i) => {
		const [head, value] = (list.children[i] ?? list.appendChild(make("div", {}, make("dt"), make("dd")))).children;
		set(head, say(name));
		set(value, text);
	});
	if ($("chunks").open) showChunks(session.recent);
}

function showChunks(chunks) {
	const heads = ["number", "bytes", "dBFS", "peak", "clip", "acknowledgement", "answer"].map((key) => say(key));
	$("every").replaceChildren(...table(heads, chunks.reverse().map(({ number, size, levels, ...times }) => [
		figure(number), figure(size), figure(decibels(rms(levels)), 1), figure(decibels(levels.peak), 1),
		figure(levels.clipped), ...["acknowledgedAt", "answeredAt"].map((key) => figure(times[key] - times.sentAt, 1))])));
}

export function showReceipt({ result, failure, source, session }) {
	const { rows = [], agrees = false } = result ?? {};
	const title = say(!result ? "noReceipt" : agrees ? "agrees" : "differs");
	const seal = make("span", { className: "seal", ariaHidden: "true" }, agrees ? "✓" : "!");
	const write = (name, value) => name === "sha256" ? make("code", {}, value)
		: figure(value, name === "rms" || name === "peak" ? 6 : 0);
	const cells = rows.map(({ name, agrees, ...sides }) => [say(name), write(name, sides.page), write(name, sides.server),
		make("b", { className: agrees ? "" : "bad" }, agrees ? "✓" : "≠")]);
	const hashes = rows.find(({ name }) => name === "sha256");
	const remark = (isTrue, key, values) => isTrue ? [make("p", {}, say(key, values))] : [];
	$("receipt").classList.toggle("bad", !agrees);
	$("receipt").replaceChildren(make("h2", {}, seal, title), ...(!result ? [] : [
		make("table", {}, ...table(["", say("page"), say("server"), ""], cells)),
		make("details", {}, make("summary", {}, say("whole")),
			...["page", "server"].flatMap((side) => [say(side), make("code", {}, hashes[side])])),
	]), ...remark(failure, "ended", { text: failure }),
	...remark(result && source?.isWhole && session.bytes === source.size, "own"),
	...remark(session.base, "part", { first: figure(session.base + 1) }));
}
