// The transcript on the screen. Finals are added, the partial is rewritten in place.
import { clock, say } from "./texts.js";
import { lastBefore, pieces } from "./transcript.js";

/** Lines on the screen; all of them are in the downloads. */
const lineLimit = 2000;

export const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

export class Words {
  #finals = document.getElementById("finals");
  #partial = document.getElementById("partial");
  #heard = null;

  /** `hear` is called with the second of a word or line that was clicked. */
  constructor(hear) {
    this.#finals.addEventListener("click", ({ target }) => {
      const start = target.closest("[data-start]")?.dataset.start;
      if (start !== undefined) hear(Number(start));
    });
  }

  clear() {
    this.#finals.replaceChildren();
    this.partial(null);
  }

  add(segments) {
    this.#finals.append(...segments.map((segment) => this.#line(segment)));
    while (this.#finals.childElementCount > lineLimit) this.#finals.firstElementChild.remove();
  }

  #line(segment) {
    const at = make("button", { type: "button", className: "at", textContent: clock(segment.start) });
    at.ariaLabel = say("hear", { time: clock(segment.start) });
    at.dataset.start = segment.start;
    const said = make("span", {}, ...pieces(segment).map(({ text, index }) => {
      if (index === undefined) return text;
      const word = make("span", { className: "word", textContent: text });
      word.dataset.start = segment.words[index].start;
      return word;
    }));
    return make("p", { className: segment.isEstimated ? "final estimated" : "final" }, at, said);
  }

  /** Words that will not change any more are in ink, the others soft. */
  partial(partial, { follows = false } = {}) {
    if (!partial) return this.#partial.replaceChildren();
    const [, stable, rest] = new RegExp(`^((?:\\s*\\S+){0,${partial.stable}})(.*)$`, "su").exec(partial.text);
    this.#partial.replaceChildren(make("b", { textContent: stable }), rest);
    if (follows) this.#partial.scrollIntoView({ block: "nearest" });
  }

  /** The newest line is on the screen: it is followed. */
  get isInView() {
    const { bottom } = this.#partial.parentElement.getBoundingClientRect();
    return bottom < innerHeight + 80;
  }

  /** Marks the word that is heard at this second; null for none. */
  mark(segments, seconds) {
    const index = seconds === null ? -1 : lastBefore(segments, seconds);
    const line = this.#finals.children[index - (segments.length - this.#finals.childElementCount)];
    const words = line?.querySelectorAll(".word") ?? [];
    const place = index < 0 || seconds > segments[index].end + 0.3 ? -1 : lastBefore(segments[index].words, seconds);
    const word = words[place] ?? null;
    if (word === this.#heard) return;
    this.#heard?.classList.remove("heard");
    word?.classList.add("heard");
    word?.scrollIntoView({ block: "nearest" });
    this.#heard = word;
  }
}
