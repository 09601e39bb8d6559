// Subtitles as the client makes them: cues of at most two lines, split between words, that never overlap.

/** The usual limits of broadcasters: what can be read at a glance. */
const columns = 42;
const lineCount = 2;

const wide =
  /[\p{EPres}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
/** What a reader sees as one sign is never taken apart. */
const segmenter = new Intl.Segmenter();
const signs = (text) => Array.from(segmenter.segment(text), ({ segment }) => segment);
const width = (text) => signs(text).reduce((sum, sign) => sum + (wide.test(sign) ? 2 : 1), 0);

/** How good it is to split after a word: 2 at the end of a sentence, 1 of a clause, 0 elsewhere. */
function rank(word) {
  const last = word.replace(/["”»)]+$/u, "").at(-1) ?? "";
  return /[.!?…。！？؟۔।]/u.test(last) ? 2 : /[,;:—、，；،]/u.test(last) ? 1 : 0;
}

/** Words; those that are longer than a line in pieces of a line. */
function words(text) {
  const all = [];
  for (const run of text.split(/\s+/u).filter(Boolean)) {
    let piece = "";
    let spaced = true;
    let used = 0;
    for (const sign of signs(run)) {
      const size = width(sign);
      if (piece && used + size > columns) {
        all.push({ text: piece, width: width(piece), spaced });
        piece = "";
        used = 0;
        spaced = false;
      }
      piece += sign;
      used += size;
    }
    all.push({ text: piece, width: width(piece), spaced });
  }
  return all;
}

/** How many of the words fit into that many lines. */
function fill(words, lines) {
  let line = 1;
  let used = 0;
  for (const [index, word] of words.entries()) {
    const needed = word.width + (word.spaced && used > 0 ? 1 : 0);
    if (used > 0 && used + needed > columns) {
      if (line === lines) return index;
      line++;
      used = word.width;
    } else {
      used += needed;
    }
  }
  return words.length;
}

const total = (words) => words.reduce((sum, word) => sum + word.width + 1, 0);

/** After how many words to split: near `target` columns, or a little off if a sentence or clause ends there. */
function best(words, target, fits = () => true) {
  let found = null;
  let used = 0;
  let before = 0;
  for (const [index, word] of words.entries()) {
    used += word.width + 1;
    const here = rank(word.text);
    const cost = Math.abs(used - target) / target - 0.25 * here + 0.25 * before;
    if (fits(index + 1) && cost <= (found?.cost ?? Infinity)) found = { cost, count: index + 1 };
    before = here;
  }
  return found?.count;
}

function pieceCount(words) {
  let count = 0;
  for (let rest = words; rest.length; count++) rest = rest.slice(fill(rest, lineCount));
  return count;
}

const joined = (words) => words.map((word, i) => (i && word.spaced ? " " : "") + word.text).join("");

/** The words in as few lines as possible, of about the same length. */
function balanced(words) {
  let left = fill(words, 1) === words.length ? 1 : lineCount;
  let rest = words;
  const lines = [];
  for (; left > 1; left--) {
    const longest = fill(rest, 1);
    const fits = (count) => fill(rest.slice(count), left - 1) === rest.length - count;
    const count = best(rest.slice(0, longest), total(rest) / left, fits) ?? longest;
    lines.push(joined(rest.slice(0, count)));
    rest = rest.slice(count);
  }
  if (rest.length) lines.push(joined(rest));
  return lines;
}

function split(text) {
  const pieces = [];
  for (let rest = words(text); rest.length;) {
    const fitting = fill(rest, lineCount);
    const target = total(rest) / pieceCount(rest);
    const count = fitting === rest.length ? fitting : best(rest.slice(0, fitting), target) ?? fitting;
    pieces.push(balanced(rest.slice(0, count)));
    rest = rest.slice(count);
  }
  return pieces;
}

/** Of segments, with times in milliseconds. Too long a segment is split, and its time divided by characters. */
export function cues(segments) {
  const all = [];
  let earliest = 0;
  for (const { start, end, text } of segments) {
    const pieces = split(text);
    const counts = pieces.map((lines) => lines.reduce((sum, line) => sum + line.length, 0));
    const sum = Math.max(1, counts.reduce((a, b) => a + b, 0));
    const first = start * 1000;
    const last = Math.max(first, end * 1000);
    let used = 0;
    let begin = Math.max(earliest, Math.round(first));
    for (const [index, lines] of pieces.entries()) {
      used += counts[index];
      const until = Math.max(begin + 1, Math.round(first + ((last - first) * used) / sum));
      all.push({ start: begin, end: until, lines });
      begin = until;
    }
    earliest = begin;
  }
  return all;
}

function time(milliseconds, point) {
  const pad = (number, digits = 2) => String(number).padStart(digits, "0");
  const seconds = Math.floor(milliseconds / 1000);
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}${point}` +
    pad(milliseconds % 1000, 3);
}

export const srt = (segments) => cues(segments).map(({ start, end, lines }, index) =>
  // An arrow cannot be escaped, and in a text it would be taken for a time.
  `${index + 1}\n${time(start, ",")} --> ${time(end, ",")}\n${lines.join("\n").replaceAll("-->", "→")}\n\n`).join("");

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export const vtt = (segments) => "WEBVTT\n\n" + cues(segments).map(({ start, end, lines }) =>
  `${time(start, ".")} --> ${time(end, ".")}\n${escaped(lines.join("\n"))}\n\n`).join("");
