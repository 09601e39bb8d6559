// The meter and the history under it, on canvas; their figures in words are elsewhere on the page.
import { decibels, measure, rms } from "./levels.js";
import { figure, say } from "./texts.js";

/** The left end of the scale: a silent room is below it. */
const floor = -60;
/** Above the first the level is high, above the second too high. */
const high = -12;
const hot = -3;
const ticks = [-48, -36, -24, -12, -6];
/** Decibels a second that the level and the held peak fall, and how many milliseconds marks stay. */
const fall = 45;
const peakFall = 20;
const peakHold = 1500;
const clipHold = 3000;
/** Milliseconds between two pictures at least: a busy machine has other things to do. */
const frame = 30;
/** Pieces of a chunk that are shown one after another. */
const pieceCount = 4;
/** Seconds that the strip shows while it moves. */
const stripSeconds = 60;

const part = (level) => Math.min(1, Math.max(0, (level - floor) / -floor));

/** A canvas as sharp as the screen, empty, and its size. */
function prepare(canvas) {
  const scale = devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const color = (name) => style.getPropertyValue(`--${name}`);
  return { context, width, height, color };
}

export class Meter {
  #element;
  #canvas;
  #clip;
  #pieces = [];
  #level = floor;
  #peak = -Infinity;
  #peakAt = 0;
  #clippedAt = -Infinity;
  #drawnAt = -Infinity;
  #toldAt = 0;
  #last = null;

  constructor(element) {
    this.#element = element;
    this.#canvas = element.querySelector("canvas");
    this.#clip = element.querySelector("span");
  }

  /** A chunk came. It is shown in pieces, so that the bar follows syllables. */
  heard({ rms: level, peak, clipped, seconds }, bytes) {
    const now = performance.now();
    this.#last = { level, peak, at: now };
    if (clipped) this.#clippedAt = now;
    if (peak >= this.#heldPeak(now)) {
      this.#peak = peak;
      this.#peakAt = now;
    }
    const size = Math.ceil(bytes.length / pieceCount / 2) * 2;
    for (let i = 0; i < pieceCount; i++) {
      const levels = measure(bytes.subarray(i * size, (i + 1) * size));
      this.#pieces.push({ at: now + (i * seconds * 1000) / pieceCount, level: decibels(rms(levels)) });
    }
    if (this.#pieces.length > 40) this.#pieces.splice(0, 20);
    if (now - this.#toldAt < 1000) return;
    this.#toldAt = now;
    this.#element.ariaValueNow = Math.round(Math.max(floor, level));
    this.#element.ariaValueText = level > -Infinity ? `${figure(level, 1)} dBFS` : say("quiet");
  }

  #heldPeak(now) {
    return this.#peak - Math.max(0, now - this.#peakAt - peakHold) * peakFall / 1000;
  }

  /** Level and peak for people, or null when there is no sound. */
  get reading() {
    const now = performance.now();
    return this.#last && now - this.#last.at < 500 ? { level: this.#last.level, peak: this.#heldPeak(now) } : null;
  }

  draw() {
    const now = performance.now();
    if (now - this.#drawnAt < frame) return;
    while (this.#pieces.length && this.#pieces[0].at <= now) {
      this.#level = Math.max(this.#level, this.#pieces.shift().level);
    }
    const { context, width, height, color } = prepare(this.#canvas);
    const bar = (x, w, style) => {
      context.fillStyle = style;
      context.beginPath();
      context.roundRect(x, 0, w, height, Math.min(height, w) / 2);
      context.fill();
    };
    bar(0, width, color("track"));
    if (this.#level > floor) {
      const gradient = context.createLinearGradient(0, 0, width, 0);
      gradient.addColorStop(0, color("fill"));
      gradient.addColorStop(part(high) - 0.04, color("fill"));
      gradient.addColorStop(part(high) + 0.04, color("high"));
      gradient.addColorStop(part(hot) - 0.03, color("high"));
      gradient.addColorStop(part(hot) + 0.02, color("hot"));
      bar(0, Math.max(height, width * part(this.#level)), gradient);
    }
    context.fillStyle = color("card") || "#0003";
    context.globalAlpha = 0.35;
    for (const tick of ticks) context.fillRect(Math.round(width * part(tick)), height * 0.3, 1, height * 0.4);
    context.globalAlpha = 1;
    const peak = this.#heldPeak(now);
    if (peak > floor) bar(Math.min(width - 4, width * part(peak)), 4, peak > hot ? color("hot") : color("fill"));
    this.#clip.hidden = now - this.#clippedAt > clipHold;
    this.#level = Math.max(floor, this.#level - (Math.min(200, now - this.#drawnAt) * fall) / 1000);
    this.#drawnAt = now;
  }
}

/** The last minute, or all of a recording with the place that is heard. */
export function drawStrip(canvas, history, { all = false, at = null } = {}) {
  const { context, width, height, color } = prepare(canvas);
  const step = 4;
  const columns = Math.max(1, Math.floor(width / step));
  const length = history.reduce((sum, { seconds }) => sum + seconds, 0);
  const column = (all ? length || 1 : stripSeconds) / columns;
  // Columns are of fixed times, so that they move and do not shimmer.
  const first = all ? 0 : Math.floor(length / column) - columns + 1;
  const bars = Array.from({ length: columns }, () => null);
  let time = length;
  for (let i = history.length - 1; i >= 0; i--) {
    time -= history[i].seconds;
    const index = Math.min(columns - 1, Math.floor((time + 1e-6) / column) - first);
    if (index < 0) break;
    const bar = (bars[index] ??= { rms: -Infinity, peak: -Infinity, clipped: 0 });
    bar.rms = Math.max(bar.rms, history[i].rms);
    bar.peak = Math.max(bar.peak, history[i].peak);
    bar.clipped += history[i].clipped;
  }
  const heard = at === null ? columns : at / column;
  const line = (index, level, style) => {
    const size = Math.max(2, height * part(level) ** 2);
    context.fillStyle = style;
    context.beginPath();
    context.roundRect(index * step, (height - size) / 2, step - 1.5, size, 1.25);
    context.fill();
  };
  for (const [index, bar] of bars.entries()) {
    if (!bar) {
      line(index, floor, color("track"));
      continue;
    }
    const isHeard = index < heard;
    line(index, bar.peak, bar.clipped ? color("hot") : isHeard ? color("trace") : color("track"));
    line(index, bar.rms, isHeard ? color("fill") : color("trace"));
  }
}

function lastSeconds(history, seconds) {
  let from = history.length;
  for (let sum = 0; from > 0 && sum < seconds; from--) sum += history[from - 1].seconds;
  return history.slice(from);
}

/** The strip in words. */
export function stripText(history) {
  if (!history.length) return say("quiet");
  const moments = lastSeconds(history, stripSeconds);
  const power = moments.reduce((sum, moment) => sum + 10 ** (moment.rms / 10) * moment.seconds, 0);
  const length = moments.reduce((sum, { seconds }) => sum + seconds, 0);
  const peak = moments.reduce((largest, moment) => Math.max(largest, moment.peak), -Infinity);
  const clipped = moments.reduce((sum, moment) => sum + moment.clipped, 0);
  const rms = figure(10 * Math.log10(power / length), 1);
  return say("minute", { rms, peak: figure(peak, 1), clipped: figure(clipped) });
}
