// The words of a recording: finals in order, and the one being said. Times are seconds of the recording.

/** Words with times that are not the recognizer's: the segment's time, divided by characters. */
function estimated({ text, start, end }) {
  const total = text.length || 1;
  return [...text.matchAll(/\S+/gu)].map((match) => ({
    word: match[0],
    start: start + ((end - start) * match.index) / total,
    end: start + ((end - start) * (match.index + match[0].length)) / total,
  }));
}

export class Transcript {
  /** Each has start, end, text, words, isEstimated, and language if the engine detects one. */
  segments = [];
  /** Text that may still change, how many of its first words will not, and when it begins. */
  partial = null;
  /** The last final segment in the session. */
  last = 0;
  #shift = 0;
  #partialOf = 0;

  static restore({ segments, last, shift }) {
    const transcript = Object.assign(new Transcript(), { segments, last });
    transcript.#shift = shift;
    return transcript;
  }

  save() {
    return { segments: this.segments, last: this.last, shift: this.#shift };
  }

  get text() {
    return this.segments.map(({ text }) => text).join("\n");
  }

  /** Another session says what was not final. It begins `shift` seconds into the recording. */
  begin(shift, { anew = false } = {}) {
    this.#shift = shift;
    this.last = this.#partialOf = 0;
    this.partial = null;
    if (anew) this.segments = [];
  }

  /** An update, or a reply with a text. Returns the new final segments; an empty list may mean another partial. */
  take(reply) {
    const { segment, transcription: text = "" } = reply;
    if (segment === undefined || segment <= this.last) return [];
    if (!reply.final) {
      if (segment < this.#partialOf) return [];
      this.#partialOf = segment;
      const start = (reply.start ?? 0) + this.#shift;
      this.partial = text ? { text, stable: reply.stable ?? 0, start } : null;
      return [];
    }
    this.last = segment;
    if (this.#partialOf <= segment) this.partial = null;
    // Without a text the segment is withdrawn.
    if (!text) return [];
    const final = this.#placed(reply, text);
    this.segments.push(final);
    return [final];
  }

  #placed({ start = 0, end = start, duration, words, word_times, language }, text) {
    const shift = this.#shift;
    const final = { start: start + shift, end: (duration === undefined ? end : start + duration) + shift, text };
    if (language) final.language = language;
    const own = words?.map((word) => ({ ...word, start: word.start + shift, end: word.end + shift }));
    final.words = own?.length ? own : estimated(final);
    final.isEstimated = !own?.length || word_times === "estimated";
    return final;
  }

  /** The place in `segments` of what is heard at this second; -1 before the first. */
  segmentAt(seconds) {
    return lastBefore(this.segments, seconds);
  }
}

/** The last of the sorted list that has begun by then. */
export function lastBefore(list, seconds) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].start <= seconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The text in pieces: each word with the place of its time in the list, and what is between. */
export function pieces({ text, words }) {
  const all = [];
  let at = 0;
  for (const [index, { word }] of words.entries()) {
    const found = text.indexOf(word.trim(), at);
    if (found < 0) continue;
    if (found > at) all.push({ text: text.slice(at, found) });
    at = found + word.trim().length;
    all.push({ text: text.slice(found, at), index });
  }
  if (at < text.length) all.push({ text: text.slice(at) });
  return all;
}
