import { Transcript, pieces } from "/page/transcript.js";
import { equal, isTrue, near, test } from "/page/checks.js";

const partial = (segment, transcription, more = {}) =>
  ({ type: "update", segment, transcription, stable: 0, final: false, start: segment, end: segment + 0.5, ...more });
const final = (segment, transcription, more = {}) => ({ ...partial(segment, transcription), final: true, ...more });
const taken = (...replies) => {
  const transcript = new Transcript();
  for (const reply of replies) transcript.take(reply);
  return transcript;
};

test("a partial is replaced by the next, and by its final", () => {
  const transcript = taken(partial(1, "He was"), partial(1, "He was not", { stable: 2 }));
  equal(transcript.partial, { text: "He was not", stable: 2 });
  equal(transcript.text, "");
  transcript.take(final(1, "He was not."));
  equal([transcript.partial, transcript.text], [null, "He was not."]);
});

test("the language that was found is that of each text", () => {
  const transcript = taken(partial(1, "Да", { language: "ru" }));
  equal(transcript.partial, { text: "Да", stable: 0, language: "ru" });
  transcript.take(final(1, "Да.", { language: "ru" }));
  equal(transcript.segments.map(({ language }) => language), ["ru"]);
});

test("texts that come twice or late are taken once", () => {
  const transcript = taken(final(1, "One."), final(2, "Two."), final(1, "One."), final(2, "Two."), partial(2, "Tw"));
  equal([transcript.text, transcript.partial, transcript.last], ["One.\nTwo.", null, 2]);
});

test("a final without a text withdraws its segment", () => {
  const transcript = taken(partial(1, "Uh"), final(1, ""), final(2, "Two."));
  equal([transcript.text, transcript.partial], ["Two.", null]);
});

test("the final of an utterance leaves the partial of the next", () => {
  const transcript = taken(partial(1, "One"), partial(2, "Two"), final(1, "One."));
  equal([transcript.text, transcript.partial?.text], ["One.", "Two"]);
  equal(taken(partial(2, "Two"), partial(1, "One")).partial.text, "Two", "the newest utterance's");
});

test("another session goes on behind the first one's finals", () => {
  const transcript = taken(final(1, "One."), partial(2, "Two and"));
  transcript.begin(10);
  equal(transcript.partial, null);
  transcript.take(final(1, "Two and a half."));
  equal(transcript.segments.map(({ text, start, end }) => [text, start, end]),
    [["One.", 1, 1.5], ["Two and a half.", 11, 11.5]]);
  transcript.begin(0);
  equal(transcript.text, "");
});

test("words have the recognizer's times, or estimated ones that say so", () => {
  const words = [{ word: "Two", start: 1, end: 1.2 }, { word: "words.", start: 1.2, end: 1.5 }];
  const [own, guessed] = taken(final(1, "Two words.", { words }), final(2, "Two words.")).segments;
  equal([own.isEstimated, own.words], [false, words]);
  equal([guessed.isEstimated, guessed.words.map((one) => one.word)], [true, ["Two", "words."]]);
  near(guessed.words[0].start, 2, 1e-9);
  near(guessed.words[1].end, 2.5, 1e-9);
  isTrue(guessed.words[0].end <= guessed.words[1].start, "words overlap");
  const shifted = new Transcript();
  shifted.begin(5);
  shifted.take(final(1, "Two words.", { words }));
  equal(shifted.segments[0].words[0], { word: "Two", start: 6, end: 6.2 });
});

test("a reply with its text is taken as an update is", () => {
  const reply = { seq: 3, transcription: "mock", duration: 0.1, start: 0.2, final: true, segment: 3 };
  const [segment] = taken(reply).segments;
  near(segment.end, 0.3, 1e-9);
  equal([segment.start, segment.text], [0.2, "mock"]);
  equal(taken({ seq: 3, rms: 0, duration: 0.1, start: 0.2 }).segments, []);
});

test("it goes on where it was saved", () => {
  const first = taken(final(1, "One."), partial(2, "Two"));
  first.begin(3);
  first.take(final(1, "Two."));
  const { segments, last, shift } = structuredClone({ ...first });
  const again = Object.assign(new Transcript(), { segments, last, shift });
  again.take(final(1, "Two."));
  again.take(final(2, "Three."));
  equal(again.segments.map(({ text, start }) => [text, start]), [["One.", 1], ["Two.", 4], ["Three.", 5]]);
});

test("the pieces of a text are the text, and every word has its place", () => {
  const text = "“Well,” he said — not… so!";
  const words = ["“Well,”", "he", "said", "not…", "so!"].map((word, start) => ({ word, start, end: start + 1 }));
  const found = pieces({ text, words });
  equal(found.map((piece) => piece.text).join(""), text);
  equal(found.filter((piece) => "start" in piece).map((piece) => [piece.start, piece.text]),
    words.map(({ word }, place) => [place, word]));
  const other = pieces({ text: "No such word.", words: [{ word: "other" }] });
  equal(other.map((piece) => piece.text).join(""), "No such word.");
});
