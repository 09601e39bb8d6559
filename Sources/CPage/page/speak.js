// The screen: what a person does goes to a recording, and what that is goes to the screen.
import { canCapture, mayAlready } from "./capture.js";
import { drawStrip, showLevel, stripText } from "./meter.js";
import { showAccount, showReceipt } from "./proof.js";
import { Recording } from "./recording.js";
import { watchToken } from "./server.js";
import { chosen, listEngines, listLanguages, listMicrophones, wishes } from "./settings.js";
import { findStore, hold } from "./store.js";
import { srt, vtt } from "./subtitles.js";
import { $, all, clock, dress, figure, make, root, say, set, wished } from "./ui.js";
import { mark, secondOf, showWords } from "./words.js";

// Milliseconds for a tab to come back to its recording, and for a browser to take a file.
const otherPatience = 2000;
const savePatience = 60000;
// Milliseconds after a chunk until the meter is empty, and until that is told; chunks of silence until that is.
const [quietAfter, nothingAfter, silentAfter] = [500, 1000, 30];
// The bare transcript, for a kiosk or a streaming program: it keeps nothing on the device.
const isEmbed = location.pathname === "/embed";
// All lines are in the downloads.
const lineLimit = isEmbed ? Number(wished.get("lines")) || 4 : 2000;

let recording = null;
// A recording that was interrupted: its store, what it was, and how many chunks.
let found = null;
let isElsewhere = false;
// Why there is no microphone, or why a file is not sent.
let blocked = null;
let refused = null;
let wake = null;
let timer = null;
// The receipt that is shown, and in which language.
let shown = null;

const state = () =>
	recording?.state ?? (isElsewhere ? "elsewhere" : found ? "found" : blocked ? "none" : "ready");
const isBusy = () => recording !== null && recording.state !== "done";

function changed() {
	timer ??= setTimeout(render, 100);
}

// With the microphone, or a file.
async function start(file) {
	await looking;
	if (isBusy() || found) return;
	await leave();
	recording = new Recording(changed, chosen(), !file && !isEmbed);
	render();
	try {
		await (file ? recording.startFile(file) : recording.startMicrophone($.microphone.value, wishes()));
	} catch ({ cause = "missing" }) {
		recording = null;
		if (cause === "elsewhere") waitForOther();
		else if (file) refused = cause;
		else blocked = cause;
	}
	keepAwake();
	render();
	listMicrophones();
}

const send = (file) => file && start(file);

// The one before goes.
async function leave() {
	refused = null;
	blocked = canCapture() ? null : "insecure";
	URL.revokeObjectURL(audio.src);
	audio.removeAttribute("src");
	await recording?.forget();
	await found?.store.forget();
	recording = found = null;
	showWords();
	render();
}

async function open(kept) {
	recording = await Recording.restore(changed, kept);
	found = null;
	if (!recording.result) recording.finish();
	render();
}

async function waitForOther() {
	isElsewhere = true;
	render();
	(await hold("recording", true))();
	isElsewhere = false;
	render();
	// The other tab may only be loading again: what it recorded is its own.
	setTimeout(look, otherPatience);
}

// Start waits for the last look for a recording: both take the lock.
let looking = Promise.resolve();
const look = () => (looking = looking.then(async () => {
	if (!canCapture() || isEmbed || recording || found || isElsewhere) return;
	const release = await hold("recording");
	if (!release) return void waitForOther();
	found = await findStore();
	release();
	if (found?.saved.result) open(found);
	render();
}));

async function keepAwake() {
	wake?.release();
	const wants = isBusy() && !recording.source && !document.hidden;
	wake = wants ? await navigator.wakeLock?.request("screen").catch(() => null) : null;
}

const audio = new Audio();
for (const event of ["play", "pause", "seeked", "timeupdate"]) audio[`on${event}`] = () => render();

async function play(seconds = audio.ended ? 0 : audio.currentTime) {
	if (!audio.src) audio.src = URL.createObjectURL(await recording.wav());
	audio.currentTime = seconds;
	audio.play().catch(() => {});
}

const files = {
	txt: ({ transcript }) => `${transcript.text}\n`,
	srt: ({ transcript }) => srt(transcript.segments),
	vtt: ({ transcript }) => vtt(transcript.segments),
	json: ({ json }) => `${JSON.stringify(json, null, 2)}\n`,
	wav: (it) => it.wav(),
};

async function save(it, kind) {
	const name = it.source ? it.label.replace(/\.\w+$/, "")
		: new Date(it.begun).toLocaleString("sv").replaceAll(":", "-").replace(" ", "_");
	const href = URL.createObjectURL(new Blob([await files[kind](it)]));
	make("a", { href, download: `${name}.${kind}` }).click();
	setTimeout(() => URL.revokeObjectURL(href), savePatience);
}

// A microphone or a file is sent.
const isLive = (now) => ["recording", "away", "catching"].includes(now);

const needsToken = () => recording?.why?.code?.startsWith("token") && recording.link.awaySince;

function noticeText(now) {
	if (now === "elsewhere") return say("another");
	if (now === "none") return say(blocked, { host: location.hostname, secure: `https://${location.host}` });
	if (refused) return say(refused);
	if (!recording || needsToken()) return "";
	const { why, notice, source, failure, session, heardAt } = recording;
	if (isEmbed && failure) return say("says", { text: failure });
	if (isBusy() && recording.isAway && !isEmbed) return say("cut") + (why ? ` ${say("says", { text: why.error })}` : "");
	if (notice) return say(notice.key, notice.values);
	// Viewers of a stream need not know of the rest.
	if (now !== "recording" || source || isEmbed) return "";
	if (performance.now() - heardAt > nothingAfter) return say("nothing");
	const last = session.chunks.slice(-silentAfter);
	return last.length === silentAfter && last.every(({ levels }) => levels.peak === 0) ? say("silent") : "";
}

function remarks(now, { transcript: { segments, partial }, source, changes }) {
	const changed = ["level", "noise", "echo"].filter((key) => changes[key]).map((key) => say(key).toLowerCase());
	return [
		now === "recording" && !segments.length && !partial && say("listening"),
		now === "done" && !segments.length && say("noWords"),
		now === "done" && segments.some(({ isEstimated }) => isEstimated) && say("estimated"),
		changed.length && say("changed", { what: changed.join(", ") }),
		now === "done" && !source && say("keptHere"),
	].filter(Boolean).join(" ");
}

function render() {
	clearTimeout(timer);
	timer = null;
	const now = root.dataset.state = state();
	const names = [now, isLive(now) || now === "finishing" ? "busy" : now === "done" ? "done" : "idle"];
	const isIn = (states) => states.split(" ").some((name) => names.includes(name));
	for (const one of all("[data-in]")) one.hidden = !isIn(one.dataset.in);
	for (const one of all("[data-on]")) one.disabled = !isIn(one.dataset.on);
	const { session = null, link, source } = recording ?? {};
	const seconds = figure(session?.behind, 1);
	$.start.classList.toggle("stop", isLive(now));
	set($.start, say(isLive(now) ? "Stop" : "Start"));
	set($.state, say(now === "recording" && source ? "sending" : now, { seconds }));
	set($.notice, noticeText(now));
	const next = Math.max(0, Math.ceil((link?.nextTry - performance.now()) / 1000)) || 0;
	set($.aside, isBusy() && recording.isAway ? say("next", { seconds, next }) : "");
	if (needsToken()) $.token.hidden = false;
	if (found) {
		const time = new Date(found.saved.begun).toLocaleTimeString(root.lang, { timeStyle: "short" });
		set($.found, `${say("foundText", { time, seconds: figure(found.count / 10) })} ${say("keptHere")}`);
	}
	showSound(now === "done", session);
	if (session) showRecording(now, session);
	if (now === "done" && wake) keepAwake();
}

function showSound(isDone, session) {
	const at = isDone && audio.currentTime || null;
	const seconds = session?.seconds ?? 0;
	set($.time, at ? `${clock(at)} / ${clock(seconds)}` : clock(seconds));
	drawStrip($.strip, session, isDone, at);
	$.strip.ariaLabel = session ? stripText(session) : say("quiet");
	$.play.classList.toggle("on", !audio.paused);
	$.play.ariaLabel = say(audio.paused ? "Play" : "Pause");
	$.seek.max = seconds;
	if (document.activeElement !== $.seek) $.seek.value = audio.currentTime;
	if (isDone) mark(at);
	const chunks = session?.chunks ?? [];
	const isHeard = recording?.microphone && performance.now() - recording.heardAt < quietAfter;
	const { level, peak } = showLevel(isHeard ? chunks : []);
	const clipped = chunks.reduce((sum, { levels }) => sum + levels.clipped, 0);
	set($.level, `${figure(level, 1)} dBFS`);
	set($.peaks, `${say("peak")} ${figure(peak, 1)} · ${say("clipped")} ${figure(clipped)}`);
}

function showRecording(now, session) {
	const { transcript: { segments, partial }, progress, result, failure } = recording;
	$.finals.lang = session.settings.language ?? "";
	showWords(segments, now === "done" ? null : partial, lineLimit);
	$.partial.lang = partial?.language ?? $.finals.lang;
	for (const id of ["copy", "download-txt", "download-srt", "download-vtt"]) $[id].disabled = !segments.length;
	$["download-wav"].disabled = now === "recording" || now === "catching";
	set($.remark, remarks(now, recording));
	showAccount(recording);
	set($.minute, $.strip.ariaLabel);
	$.progress.hidden = progress === null;
	$.progress.value = progress ?? 0;
	if (now !== "done" || shown === (result ?? failure)) return;
	shown = result ?? failure;
	showReceipt(recording);
}

$.start.onclick = () => isLive(state()) ? recording.stop() : start();
$.file.onchange = ({ target }) => {
	send(target.files[0]);
	target.value = "";
};
$.finish.onclick = () => open(found);
$.keep.onclick = async () => save(await Recording.restore(changed, found), "wav");
$.forget.onclick = () => leave().then(look);
$.discard.onclick = leave;
$.copy.onclick = async () => {
	await navigator.clipboard.writeText(recording.transcript.text);
	set($.copy, say("Copied"));
	setTimeout(() => set($.copy, say("Copy")), 2000);
};
$.tools.append(...Object.keys(files).map((kind) =>
	make("button", { id: `download-${kind}`, onclick: () => save(recording, kind) }, kind === "wav" ? "WAV" : kind)));
$.play.onclick = () => audio.paused ? play() : audio.pause();
$.seek.oninput = ({ target }) => play(Number(target.value));
$.finals.onclick = (event) => {
	const second = secondOf(event);
	if (second !== undefined && state() === "done" && !isEmbed) play(second);
};
$.chunks.ontoggle = () => render();
$.engine.onchange = listLanguages;
$.microphone.onpointerdown = $.microphone.onfocus = listMicrophones;
const listen = (events, handle) => events.split(" ").forEach((event) => addEventListener(event, handle));
listen("keydown", (event) => {
	if (event.key !== " " || event.repeat || event.target.closest("button, select, input, a, summary")) return;
	event.preventDefault();
	$.start.click();
});
listen("dragover dragleave drop", (event) => {
	event.preventDefault();
	root.classList.toggle("dropping", event.type === "dragover");
	if (event.type === "drop") send(event.dataTransfer.files[0]);
});
listen("beforeunload", (event) => recording?.isFragile && event.preventDefault());
listen("visibilitychange", () => {
	keepAwake();
	if (!document.hidden) look();
});
listen("resize", () => render());
navigator.mediaDevices?.addEventListener("devicechange", listMicrophones);

$.copy.hidden = !navigator.clipboard;
root.classList.toggle("embed", isEmbed);
await leave();
dress(() => {
	$.progress.ariaLabel = say("sending");
	for (const kind in files) $[`download-${kind}`].ariaLabel = `${say("keep")} ${kind}`;
	shown = null;
	listMicrophones();
	listLanguages();
	render();
});
watchToken(() => {
	listEngines();
	if (recording) recording.why = null;
	recording?.link?.retry();
});
look();
setInterval(() => isBusy() && render(), 250);
// Never with a question: OBS asks none.
if (isEmbed && wished.get("autostart") === "1" && (globalThis.obsstudio || await mayAlready())) {
	root.classList.add("auto");
	start();
}
