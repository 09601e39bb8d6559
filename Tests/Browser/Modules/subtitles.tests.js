import { cues, srt, vtt } from "/page/subtitles.js";
import { Random, equal, isTrue, near, seed, test } from "/page/checks.js";

const random = new Random(seed);
const lines = (text) => cues([{ start: 0, end: 9, text }]).map((cue) => cue.lines);
const long = "eleven abcd ".repeat(21);

test("a short text is one line, a longer one is two of similar length", () => {
  equal(lines("Hello there."), [["Hello there."]]);
  equal(lines("It was the best of times, it was the worst of times,"),
    [["It was the best of times,", "it was the worst of times,"]]);
  equal(lines("  \n "), []);
});

test("lines break after a sentence or a clause, and not after the first word of the next", () => {
  equal(lines("It was a long time ago. It was in another town.")[0],
    ["It was a long time ago.", "It was in another town."]);
  equal(lines("Nobody knew the reason. He left.")[0], ["Nobody knew the reason. He left."]);
  equal(lines("Nobody in this house knew the reason. He had left.")[0],
    ["Nobody in this house knew the reason.", "He had left."]);
  equal(lines("When the rain had stopped, we went out of the house")[0],
    ["When the rain had stopped,", "we went out of the house"]);
});

test("a long text is split after a sentence if possible, else after a clause", () => {
  const sentences = lines(
    "This is a first sentence that takes its time. And this is a second one that is as long as the first, or longer.");
  equal([sentences.length, sentences[0].join(" ")], [2, "This is a first sentence that takes its time."]);
  const clauses = lines(
    "There is no end to this sentence at all here, it goes on and on and on without stopping anywhere at any time");
  equal(clauses[0].join(" "), "There is no end to this sentence at all here,");
});

test("no line is too wide or empty, and no character is lost", () => {
  const wide = (c) => (/[\u3000-\u9fff\uff00-\uff60]/u.test(c) ? 2 : 1);
  for (const text of [
    "the quick brown fox jumps over the lazy dog and then it does so again and again until everybody is asleep",
    "日本語の文には空白がありませんので、どこでも切ることができますが、一行に入るのは二十一文字だけです。そして次の行へ続きます。",
    "كان يا ما كان في قديم الزمان وسالف العصر والأوان ملك عظيم يحكم بلادا واسعة ولا يرد له أمر في البلاد",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ist ein Wort, sagt man",
    "Жили-были старик со старухой у самого синего моря; они жили в ветхой землянке ровно тридцать лет и три года.",
  ]) {
    const pieces = lines(text);
    for (const piece of pieces) {
      isTrue(piece.length === 1 || piece.length === 2, `${piece.length} lines`);
      for (const line of piece) {
        const width = [...line].reduce((sum, c) => sum + wide(c), 0);
        isTrue(width > 0 && width <= 42, `${width} columns: ${line}`);
      }
    }
    equal(pieces.flat().join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
  }
});

test("what is one sign to a reader is not taken apart", () => {
  const family = "\u{1F469}\u200D\u{1F469}\u200D\u{1F467}";
  for (const line of lines(family.repeat(40)).flat())
    equal(line.replaceAll(family, ""), "", "a line");
  const accent = "e\u0301";
  for (const line of lines(accent.repeat(100)).flat()) equal(line.replaceAll(accent, ""), "", "a line");
});

test("a segment that fits is one cue with its own time", () => {
  equal(cues([{ start: 0.35, end: 3.1, text: "Hello." }]), [{ start: 350, end: 3100, lines: ["Hello."] }]);
});

test("a long segment's time is divided by characters without a gap", () => {
  const found = cues([{ start: 10, end: 22, text: long }]);
  equal([found.length, found[0].start, found[2].end], [3, 10_000, 22_000]);
  equal([found[0].end, found[1].end], [found[1].start, found[2].start]);
  const counts = found.map((cue) => cue.lines.reduce((sum, line) => sum + line.length, 0));
  near((found[0].end - 10_000) / 12_000, counts[0] / counts.reduce((a, b) => a + b), 0.001);
});

test("cues never overlap and are never empty, whatever the times", () => {
  const times = [[0, 1], [0.5, 0.7], [0.9, 2], [2, 2], [2, 1], [5, 5.001]];
  for (let round = 0; round < 200; round++) times.push([random.next() * 9, random.next() * 9]);
  let earliest = 0;
  for (const cue of cues(times.map(([start, end]) => ({ start, end, text: long })))) {
    isTrue(cue.start >= earliest && cue.end > cue.start, JSON.stringify(cue));
    earliest = cue.end;
  }
});

const captions = [
  { start: 0.35, end: 3.1, text: "Cats & dogs <i>run</i> --> home." }, { start: 3725.25, end: 3726, text: "Later." },
];

test("SubRip cues are numbered, with commas in their times and a blank line after each", () => {
  equal(srt(captions), "1\n00:00:00,350 --> 00:00:03,100\nCats & dogs <i>run</i> → home.\n\n"
    + "2\n01:02:05,250 --> 01:02:06,000\nLater.\n\n");
  equal(srt([]), "");
});

test("WebVTT has its header, points in its times, and escaped text", () => {
  equal(vtt(captions), "WEBVTT\n\n00:00:00.350 --> 00:00:03.100\n"
    + "Cats &amp; dogs &lt;i&gt;run&lt;/i&gt; --&gt; home.\n\n01:02:05.250 --> 01:02:06.000\nLater.\n\n");
  equal(vtt([]), "WEBVTT\n\n");
});

test("blank lines in a text do not end its cue", () => {
  const text = "a\n\n\nb\r\n\u2028c";
  isTrue(srt([{ start: 0, end: 1, text }]).endsWith("a b c\n\n"), srt([{ start: 0, end: 1, text }]));
});
