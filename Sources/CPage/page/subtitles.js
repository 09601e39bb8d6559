// Subtitles as the client makes them: cues of at most two lines, split between words.

// The usual limit of broadcasters: what can be read at a glance.
const columns = 42;
const wide =
	/[\p{EPres}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
// What a reader sees as one sign is never taken apart.
const segmenter = new Intl.Segmenter();

// Words, or their pieces if they are longer than a line, with the columns that they and a space need.
const words = (text) => text.split(/\s+/u).filter(Boolean).flatMap((run) => {
	const pieces = [{ text: "", width: 0, gap: 1 }];
	for (const { segment } of segmenter.segment(run)) {
		const width = wide.test(segment) ? 2 : 1;
		if (pieces.at(-1).width + width > columns) pieces.push({ text: "", width: 0, gap: 0 });
		pieces.at(-1).text += segment;
		pieces.at(-1).width += width;
	}
	return pieces;
});

const joined = (words) => words.map(({ text, gap }, i) => (i && gap ? " " : "") + text).join("");
const total = (words) => words.reduce((sum, { width }) => sum + width + 1, 0);

function fill(words, lines) {
	let used = 0;
	const end = words.findIndex(({ width, gap }) => {
		const next = used ? used + gap + width : width;
		used = next > columns ? width : next;
		return next > columns && --lines === 0;
	});
	return end < 0 ? words.length : end;
}

// How good it is to split after a word: 2 at the end of a sentence, 1 of a clause, 0 elsewhere.
function rank(word) {
	const last = word.replace(/["”»)]+$/u, "").at(-1) ?? "";
	return /[.!?…。！？؟۔।]/u.test(last) ? 2 : /[,;:—、，；،]/u.test(last) ? 1 : 0;
}

// After how many words to split: near `target` columns, or a little off if a sentence or clause ends there.
function best(words, target, fits = () => true) {
	let [found, least, used, before] = [words.length, Infinity, 0, 0];
	words.forEach(({ text, width }, i) => {
		used += width + 1;
		const here = rank(text);
		const cost = Math.abs(used - target) / target - (here - before) / 4;
		if (cost <= least && fits(i + 1)) [found, least] = [i + 1, cost];
		before = here;
	});
	return found;
}

function balanced(words) {
	const longest = fill(words, 1);
	if (longest === words.length) return [joined(words)];
	const fits = (count) => fill(words.slice(count), 1) === words.length - count;
	const count = best(words.slice(0, longest), total(words) / 2, fits);
	return [joined(words.slice(0, count)), joined(words.slice(count))];
}

function split(text) {
	const pieces = [];
	for (let rest = words(text); rest.length;) {
		let [count, left] = [0, rest];
		for (; left.length; count++) left = left.slice(fill(left, 2));
		const fitting = rest.slice(0, fill(rest, 2));
		const taken = count === 1 ? rest.length : best(fitting, total(rest) / count);
		pieces.push(balanced(rest.slice(0, taken)));
		rest = rest.slice(taken);
	}
	return pieces;
}

// Of segments, with times in milliseconds. Too long a segment is split, and its time divided by characters.
export function cues(segments) {
	const all = [];
	let begin = 0;
	for (const { start, end, text } of segments) {
		const pieces = split(text);
		const whole = pieces.flat().join("").length;
		let used = 0;
		begin = Math.max(begin, Math.round(start * 1000));
		for (const lines of pieces) {
			used += lines.join("").length;
			const until = Math.round(1000 * (start + Math.max(0, end - start) * used / whole));
			all.push({ start: begin, end: Math.max(begin + 1, until), lines });
			begin = all.at(-1).end;
		}
	}
	return all;
}

const time = (milliseconds) => new Date(milliseconds).toISOString().slice(11, 23);
const times = ({ start, end }) => `${time(start)} --> ${time(end)}\n`;

export const srt = (segments) => cues(segments).map((cue, i) =>
	// An arrow cannot be escaped, and in a text it would be taken for a time.
	`${i + 1}\n${times(cue).replaceAll(".", ",")}${cue.lines.join("\n").replaceAll("-->", "→")}\n\n`).join("");

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export const vtt = (segments) => "WEBVTT\n\n" +
	cues(segments).map((cue) => `${times(cue)}${escaped(cue.lines.join("\n"))}\n\n`).join("");
