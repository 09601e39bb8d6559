// The meter and the history under it; their figures in words are elsewhere on the page.
import { decibels, measure, rms, silence, sum } from "./levels.js";
import { $, figure, prepare, say } from "./ui.js";

/** The left end of the scale: a silent room is below it. */
const floor = -60;
/** Decibels a second that the level and the held peak fall, and how many milliseconds marks stay. */
const fall = 45;
const peakFall = 20;
const peakHold = 1500;
const clipHold = 3000;
/** Milliseconds between two pictures at least: a busy machine has other things to do. */
const frame = 30;
const calmFrame = 250;
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
/** Pieces of a chunk that are shown one after another, and how many milliseconds each. */
const pieceCount = 4;
const pieceTime = 25;
/** Seconds that the strip shows while it moves, and pixels of a column. */
const stripSeconds = 60;
const columnWidth = 4;

const levelOf = (levels) => decibels(rms(levels));
const part = (level) => Math.min(1, Math.max(0, (level - floor) / -floor));

const meter = $("meter");
let pieces = [];
let level = floor;
let peak = -Infinity;
let peakAt = 0;
let clippedAt = -Infinity;
let drawnAt = 0;
let toldAt = 0;
let last = { level: -Infinity, at: -Infinity };

const heldPeak = (now) => peak - Math.max(0, now - peakAt - peakHold) * peakFall / 1000;

/** A chunk came. It is shown in pieces, so that the bar follows syllables. */
export function hear({ levels, bytes }) {
  const now = performance.now();
  last = { level: levelOf(levels), at: now };
  if (levels.clipped) clippedAt = now;
  if (decibels(levels.peak) >= heldPeak(now)) [peak, peakAt] = [decibels(levels.peak), now];
  const size = Math.ceil(bytes.length / pieceCount / 2) * 2;
  for (let i = 0; i < pieceCount; i++) {
    pieces.push({ at: now + i * pieceTime, level: levelOf(measure(bytes.subarray(i * size, (i + 1) * size))) });
  }
  pieces = pieces.slice(-40);
  if (now - toldAt < 1000) return;
  toldAt = now;
  meter.ariaValueNow = Math.round(Math.max(floor, last.level));
  meter.ariaValueText = last.level > -Infinity ? `${figure(last.level, 1)} dBFS` : say("quiet");
}

/** Level and peak for people; NaN when nothing comes. */
export function reading() {
  const now = performance.now();
  return now - last.at < 500 ? { level: last.level, peak: heldPeak(now) } : { level: NaN, peak: NaN };
}

/** Again and again from now on. */
export function drawMeter() {
  const now = performance.now();
  if (now - drawnAt > (isCalm.matches ? calmFrame : frame)) {
    level = Math.max(floor, level - Math.min(200, now - drawnAt) * fall / 1000);
    while (pieces[0]?.at <= now) level = Math.max(level, pieces.shift().level);
    drawnAt = now;
    meter.style.setProperty("--level", part(level));
    meter.style.setProperty("--peak", part(heldPeak(now)));
    $("clip").hidden = now - clippedAt > clipHold;
  }
  requestAnimationFrame(drawMeter);
}

/** The last minute, or all of a recording with the second that is heard. */
export function drawStrip(canvas, session, isWhole, heard) {
  const { context, width, height, ...colors } = prepare(canvas, "accent", "trace", "line", "stop");
  const { chunks = [], frames = 0, settings } = session ?? {};
  const count = Math.max(1, Math.floor(width / columnWidth));
  // Columns are of fixed times, so that they move and do not shimmer.
  const column = (isWhole ? frames : stripSeconds * settings?.sample_rate) / count || 1;
  const first = isWhole ? 0 : Math.floor(frames / column) - count + 1;
  const columns = Array.from({ length: count }, () => null);
  for (let i = chunks.length - 1; i >= 0; i--) {
    const place = Math.min(count - 1, Math.floor(chunks[i].before / column) - first);
    if (place < 0) break;
    const { levels } = chunks[i];
    const { peak, clipped, ...all } = columns[place] ?? { rms: 0, peak: 0, clipped: 0 };
    columns[place] = { rms: Math.max(all.rms, rms(levels)), peak: Math.max(peak, levels.peak),
      clipped: clipped + levels.clipped };
  }
  const heardUntil = heard === null ? count : heard * settings.sample_rate / column;
  const bar = (place, amplitude, name) => {
    const size = Math.max(2, height * part(decibels(amplitude)) ** 2);
    context.fillStyle = colors[name];
    context.fillRect(place * columnWidth, (height - size) / 2, columnWidth - 1.5, size);
  };
  for (const [place, one] of columns.entries()) {
    const [strong, weak] = place < heardUntil && one ? ["accent", "trace"] : ["trace", "line"];
    bar(place, one?.peak ?? 0, one?.clipped ? "stop" : weak);
    if (one) bar(place, one.rms, strong);
  }
}

/** The strip in words. */
export function stripText({ chunks, frames, settings }) {
  const from = frames - stripSeconds * settings.sample_rate;
  const levels = chunks.slice(chunks.findIndex(({ before }) => before >= from))
    .reduce((all, one) => sum(all, one.levels), silence);
  return say("minute", { rms: figure(levelOf(levels), 1), peak: figure(decibels(levels.peak), 1),
    clipped: figure(levels.clipped) });
}
