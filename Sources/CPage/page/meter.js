// The meter and the history under it.
import { decibels, rms, silence, sum } from "./levels.js";
import { $, figure, prepare, say } from "./ui.js";

// The left end of the scale: a silent room is below it.
const floor = -60;
// Chunks for which the peak and CLIP stay.
const [peakHold, clipHold] = [15, 30];
// Seconds that the strip shows while it moves, and pixels of a column.
const stripSeconds = 60;
const columnWidth = 4;

const levelOf = (levels) => decibels(rms(levels));
const part = (level) => Math.min(1, Math.max(0, (level - floor) / -floor)) || 0;

let toldAt = 0;

// Of the last chunks, none when nothing comes. The stylesheet makes the bar move.
export function showLevel(chunks) {
	const level = chunks.length ? levelOf(chunks.at(-1).levels) : NaN;
	const peak = decibels(Math.max(...chunks.slice(-peakHold).map(({ levels }) => levels.peak)));
	const meter = $.meter;
	meter.style.setProperty("--level", part(level));
	meter.style.setProperty("--peak", part(peak));
	$.clip.hidden = !chunks.slice(-clipHold).some(({ levels }) => levels.clipped);
	const now = performance.now();
	if (now - toldAt > 1000) {
		toldAt = now;
		meter.ariaValueNow = Math.round(Math.max(floor, level)) || floor;
		meter.ariaValueText = level > -Infinity ? `${figure(level, 1)} dBFS` : say("quiet");
	}
	return { level, peak };
}

// The last minute, or all of a recording with the second that is heard.
export function drawStrip(canvas, session, isWhole, heard) {
	const { context, width, height, accent, trace, line, stop } = prepare(canvas);
	const { chunks = [], frames = 0, settings } = session ?? {};
	const count = Math.max(1, Math.floor(width / columnWidth));
	// Columns are of fixed times, so that they move and do not shimmer.
	const column = (isWhole ? frames : stripSeconds * settings?.sample_rate) / count || 1;
	const first = isWhole ? 0 : Math.floor(frames / column) - count + 1;
	const columns = Array(count).fill(null);
	for (let i = chunks.length - 1; i >= 0; i--) {
		const { before, levels } = chunks[i];
		const place = Math.min(count - 1, Math.floor(before / column) - first);
		if (place < 0) break;
		columns[place] = sum(columns[place] ?? silence, levels);
	}
	const heardUntil = heard === null ? count : heard * settings.sample_rate / column;
	const bar = (place, amplitude, color) => {
		const size = Math.max(2, height * part(decibels(amplitude)) ** 2);
		context.fillStyle = color;
		context.fillRect(place * columnWidth, (height - size) / 2, columnWidth - 1.5, size);
	};
	for (const [place, one] of columns.entries()) {
		const isHeard = one && place < heardUntil;
		bar(place, one?.peak ?? 0, one?.clipped ? stop : isHeard ? trace : line);
		if (one) bar(place, rms(one), isHeard ? accent : trace);
	}
}

export function stripText({ chunks, frames, settings }) {
	const from = frames - stripSeconds * settings.sample_rate;
	const levels = chunks.slice(chunks.findIndex(({ before }) => before >= from))
		.reduce((all, one) => sum(all, one.levels), silence);
	return say("minute", { rms: figure(levelOf(levels), 1), peak: figure(decibels(levels.peak), 1),
		clipped: figure(levels.clipped) });
}
