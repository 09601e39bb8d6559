// The transcript on the screen: finals are added, the partial is rewritten.
import { pieces } from "./transcript.js";
import { $, all, clock, make, say } from "./ui.js";

const [finals, partialLine] = [$.finals, $.partial];
let shown = [];
let count = 0;
let heard = null;

function line(segment) {
	const time = clock(segment.start);
	const at = make("button", { className: "at", ariaLabel: `${say("Play")} ${time}`, times: segment }, time);
	const said = pieces(segment).map(({ text, ...times }) =>
		"start" in times ? make("span", { className: "word", times }, text) : text);
	return make("p", { className: segment.isEstimated ? "final estimated" : "final" }, at,
		make("span", { lang: segment.language ?? finals.lang }, ...said));
}

// What is new, and the last lines of all.
export function showWords(segments = [], partial = null, lineLimit = 0) {
	// The newest line is on the screen: it is followed.
	const follows = finals.parentElement.getBoundingClientRect().bottom < innerHeight + 80;
	if (shown !== segments) {
		[shown, count] = [segments, 0];
		finals.replaceChildren();
	}
	for (; count < segments.length; count++) finals.append(line(segments[count]));
	while (finals.childElementCount > lineLimit) finals.firstChild.remove();
	if (!partial) return partialLine.replaceChildren();
	// Words that will not change any more are in ink, the others soft.
	const [, stable, rest] = new RegExp(`^((?:\\s*\\S+){0,${partial.stable}})(.*)$`, "su").exec(partial.text);
	partialLine.replaceChildren(make("b", {}, stable), rest);
	if (follows) partialLine.scrollIntoView({ block: "nearest" });
}

export const secondOf = ({ target }) => target.times?.start;

// Marks the word that is heard at this second; null for none.
export function mark(seconds) {
	const last = seconds === null ? null : all(".word").findLast(({ times }) => times.start <= seconds);
	const word = last?.times.end > seconds - 0.5 ? last : null;
	if (word === heard) return;
	heard?.classList.remove("heard");
	word?.classList.add("heard");
	word?.scrollIntoView({ block: "nearest" });
	heard = word;
}
