// The words of a recording: finals, and the one being said. Times are seconds of the recording.

// Words with times that are not the recognizer's: the segment's time, divided by characters.
function estimated({ text, start, end }) {
	const time = (place) => start + ((end - start) * place) / text.length;
	return [...text.matchAll(/\S+/gu)].map(({ 0: word, index }) =>
		({ word, start: time(index), end: time(index + word.length) }));
}

export class Transcript {
	// Final: start, end, text, words, isEstimated, and language if the engine detects one.
	segments = [];
	// Text that may still change, how many of its first words will not, and its language.
	partial = null;
	// The last final segment in the session, and seconds before the session.
	last = 0;
	shift = 0;
	#partialOf = 0;

	get text() { return this.segments.map(({ text }) => text).join("\n"); }

	begin(shift) {
		if (!shift) this.segments = [];
		this.shift = shift;
		this.last = this.#partialOf = 0;
		this.partial = null;
	}

	take(reply) {
		const { segment, final, transcription: text = "", stable = 0, language } = reply;
		if (segment === undefined || segment <= this.last) return;
		if (final) {
			this.last = segment;
			if (this.#partialOf <= segment) this.partial = null;
			// Without a text the segment is withdrawn.
			if (text) this.segments.push(this.#placed(reply, text));
		} else if (segment >= this.#partialOf) {
			this.#partialOf = segment;
			this.partial = text ? { text, stable, ...(language && { language }) } : null;
		}
	}

	#placed({ start = 0, duration = 0, end = start + duration, words = [], word_times, language }, text) {
		const move = (one) => ({ ...one, start: one.start + this.shift, end: one.end + this.shift });
		const final = { ...move({ start, end }), text, ...(language && { language }) };
		return { ...final, words: words.length ? words.map(move) : estimated(final),
			isEstimated: !words.length || word_times === "estimated" };
	}
}

// The text in pieces: each word with its times, and what is between.
export function pieces({ text, words }) {
	const all = [];
	let at = 0;
	for (const { word, start, end } of words) {
		const part = word.trim();
		const found = text.indexOf(part, at);
		if (found < 0) continue;
		if (found > at) all.push({ text: text.slice(at, found) });
		at = found + part.length;
		all.push({ text: part, start, end });
	}
	if (at < text.length) all.push({ text: text.slice(at) });
	return all;
}
