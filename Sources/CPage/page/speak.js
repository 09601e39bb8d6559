// The screen: what a person does goes to a recording, and what a recording is goes to the screen.
import { canCapture } from "./capture.js";
import { drawMeter, drawStrip, hear, reading, stripText } from "./meter.js";
import { showAccount, showReceipt } from "./proof.js";
import { Recording } from "./recording.js";
import { findToken, setToken } from "./server.js";
import { chosen, listEngines, listLanguages, listMicrophones, wishes } from "./settings.js";
import { Store, hold } from "./store.js";
import { srt, vtt } from "./subtitles.js";
import { $, all, clock, dress, figure, make, root, say, set } from "./ui.js";
import { mark, secondOf, showWords } from "./words.js";

/** Milliseconds that a tab is given to come back to its recording, and a browser to take a file. */
const otherPatience = 2000;
const savePatience = 60000;
/** Milliseconds without a chunk, and of silence, until that is told. */
const nothingAfter = 1000;
const silentAfter = 3000;

let recording = null;
/** A recording that was interrupted, or is over: its store, what it was, and how many chunks. */
let found = null;
/** Why there is no microphone, if that is known, and whether another tab records. */
let blocked = null;
let isElsewhere = false;
/** Why a file is not sent. */
let refusal = null;
let heardAt = 0;
let loudAt = 0;
let wake = null;

const state = () =>
  recording?.state ?? (isElsewhere ? "elsewhere" : found ? "found" : blocked ? "none" : "ready");
const isBusy = () => recording !== null && recording.state !== "done";
/** One is found that has no receipt: it comes first. */
const isInterrupted = () => Boolean(found) && !found.saved.session.receipt;
const isLive = (now) => ["recording", "away", "catching"].includes(now);
const group = (now) => isLive(now) || now === "finishing" ? "busy" : now === "done" ? "done" : "idle";

const owner = {
  changed: () => { drawAt ??= setTimeout(render, 100); },
  heard(chunk) {
    hear(chunk);
    heardAt = performance.now();
    if (chunk.levels.peak > 0) loudAt = heardAt;
  },
};
let drawAt = null;

// What a person does

async function begin(starts, refuse) {
  await looking;
  if (isBusy() || isInterrupted()) return;
  await leave();
  recording = new Recording(owner, chosen());
  heardAt = loudAt = performance.now();
  render();
  try {
    await starts(recording);
  } catch ({ cause = "missing" }) {
    recording = null;
    if (cause === "elsewhere") waitForOther();
    else refuse(cause);
  }
  keepAwake();
  render();
}

async function start() {
  await begin((it) => it.startMicrophone($("microphone").value, wishes()), (cause) => { blocked = cause; });
  listMicrophones();
}

const send = (file) => file && begin((it) => it.startFile(file), (cause) => { refusal = cause; });

/** The one before goes. */
async function leave() {
  refusal = null;
  blocked = canCapture() ? null : "insecure";
  audio.pause();
  URL.revokeObjectURL(audio.src);
  audio.removeAttribute("src");
  await recording?.forget();
  await found?.store.forget();
  recording = found = null;
  showWords();
  render();
}

async function takeUp() {
  recording = await Recording.restore(owner, found);
  found = null;
  if (!recording.result) recording.finish();
  render();
}

async function waitForOther() {
  isElsewhere = true;
  render();
  (await hold("recording", { waits: true }))();
  isElsewhere = false;
  render();
  // The other tab may only be loading again: what it recorded is its own.
  setTimeout(look, otherPatience);
}

/** The last look for a recording: Start waits for it, as both take the lock. */
let looking = Promise.resolve();
const look = () => (looking = looking.then(async () => {
  if (!canCapture() || !navigator.locks || recording || found || isElsewhere) return;
  const release = await hold("recording");
  if (!release) {
    waitForOther();
    return;
  }
  found = await Store.find();
  release();
  render();
}));

/** The screen stays on while a microphone is recorded. */
async function keepAwake() {
  const wants = isBusy() && !recording.source && !document.hidden;
  wake?.release();
  wake = wants ? await navigator.wakeLock?.request("screen").catch(() => null) : null;
}

const audio = new Audio();
for (const event of ["play", "pause", "ended", "seeked", "timeupdate"]) audio[`on${event}`] = () => render();

async function play(seconds = audio.ended ? 0 : audio.currentTime) {
  if (!audio.src) audio.src = URL.createObjectURL(await recording.wav());
  audio.currentTime = seconds;
  await audio.play().catch(() => {});
}

// Downloads

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

// The screen

const tokenIsAsked = () => recording?.why?.code?.startsWith("token") && recording.link.awaySince;

function noticeText(now) {
  if (now === "elsewhere") return say("another");
  if (now === "none") return say(blocked, { host: location.hostname, secure: `https://${location.host}` });
  if (refusal) return say(refusal);
  if (!recording) return "";
  if (isBusy() && recording.isAway && !tokenIsAsked()) {
    const { why } = recording;
    return [say("awayText"), why && say("serverSays", { text: why.error })].filter(Boolean).join(" ");
  }
  if (recording.notice) return say(recording.notice.key, recording.notice.values);
  if (now !== "recording" || recording.source) return "";
  const time = performance.now();
  return time - heardAt > nothingAfter ? say("nothing") : time - loudAt > silentAfter ? say("silent") : "";
}

function asideText() {
  if (!isBusy() || !recording.isAway) return "";
  const { session, link } = recording;
  const next = link.nextTry === null ? 0 : Math.ceil((link.nextTry - performance.now()) / 1000);
  return say(next > 0 ? "next" : "trying", { seconds: figure(session.behind, 1), next });
}

function remarks(now, { session, transcript, source, changes }) {
  const { segments, partial } = transcript;
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
  clearTimeout(drawAt);
  drawAt = null;
  const now = state();
  const session = recording?.session;
  if (now === "done" && wake) keepAwake();
  root.dataset.state = now;
  const isIn = (states) => states.split(" ").some((name) => name === now || name === group(now));
  for (const one of all("[data-in]")) one.hidden = !isIn(one.dataset.in);
  for (const one of all("[data-on]")) one.disabled = !isIn(one.dataset.on);
  const behind = figure(session?.behind, 1);
  set($("state"), say(now === "recording" && recording.source ? "fileSending" : now, { seconds: behind }));
  $("start").classList.toggle("stop", isLive(now));
  set($("start"), say(isLive(now) ? "stop" : "start"));
  $("start").disabled = ["asking", "finishing", "elsewhere"].includes(now) || isInterrupted();
  set($("notice"), noticeText(now));
  set($("aside"), asideText());
  $("notice").parentElement.hidden = !$("notice").textContent;
  if (tokenIsAsked()) $("token").hidden = false;
  if (found) showFound(found);
  showSound(now, session);
  if (session) showRecording(now, session);
}

function showFound({ saved, count }) {
  const time = new Date(saved.begun).toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit" });
  set($("found-head"), say(isInterrupted() ? "foundHead" : "foundDone"));
  set($("found-text"), say("foundText", { time, seconds: figure(count / 10) }));
  set($("finish"), say(isInterrupted() ? "finish" : "open"));
}

function showRecording(now, session) {
  const { segments, partial } = recording.transcript;
  showWords({ segments, partial: now === "done" ? null : partial });
  $("transcript").lang = session.settings.language ?? "";
  for (const id of ["copy", "download-txt", "download-srt", "download-vtt"]) $(id).disabled = !segments.length;
  set($("remark"), remarks(now, recording));
  showAccount(recording);
  set($("minute"), $("strip").ariaLabel);
  $("progress").hidden = !recording.source;
  $("progress").value = recording.progress ?? 0;
  const { source, result, failure } = recording;
  if (now === "done" && shownReceipt !== (result ?? failure)) showReceipt(recording);
  shownReceipt = result ?? failure;
}
let shownReceipt = null;

function showSound(now, session) {
  const isDone = now === "done";
  const at = isDone && audio.currentTime ? audio.currentTime : null;
  const seconds = session?.seconds ?? 0;
  set($("time"), at ? `${clock(at)} / ${clock(seconds)}` : clock(seconds));
  drawStrip($("strip"), session, isDone, at);
  $("strip").ariaLabel = session ? stripText(session) : say("quiet");
  $("play").classList.toggle("on", !audio.paused);
  $("play").ariaLabel = say(audio.paused ? "play" : "pause");
  $("seek").max = seconds;
  if (document.activeElement !== $("seek")) $("seek").value = audio.currentTime;
  if (isDone) mark(at);
  const { level, peak } = reading();
  const clipped = session?.chunks.reduce((sum, { levels }) => sum + levels.clipped, 0) ?? 0;
  set($("level"), `${figure(level, 1)} dBFS`);
  set($("peaks"), `${say("peak")} ${figure(peak, 1)} · ${say("clipped")} ${figure(clipped)}`);
}

async function meetServer() {
  findToken();
  $("token").hidden = await listEngines() !== 401;
}

// Wiring

const on = (id, event, handle) => $(id).addEventListener(event, handle);
on("start", "click", () => isLive(state()) ? recording.stop() : start());
on("file", "change", ({ target }) => {
  send(target.files[0]);
  target.value = "";
});
on("finish", "click", takeUp);
on("keep", "click", async () => save(await Recording.restore(owner, found), "wav"));
on("forget", "click", () => leave().then(look));
on("discard", "click", leave);
on("copy", "click", async () => {
  await navigator.clipboard.writeText(recording.transcript.text);
  set($("copy"), say("copied"));
  setTimeout(() => set($("copy"), say("copy")), 2000);
});
for (const kind in files) on(`download-${kind}`, "click", () => save(recording, kind));
on("play", "click", () => audio.paused ? play() : audio.pause());
on("seek", "input", ({ target }) => play(Number(target.value)));
on("finals", "click", (event) => {
  const second = secondOf(event);
  if (second !== undefined && state() === "done") play(Number(second));
});
on("engine", "change", listLanguages);
for (const event of ["pointerdown", "focus"]) on("microphone", event, listMicrophones);
on("token", "submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  setToken(form.get("token"), form.has("keep"));
  meetServer();
  if (recording) recording.why = null;
  recording?.link?.retry();
});
const listen = (events, handle) => events.split(" ").forEach((event) => addEventListener(event, handle));
listen("keydown", (event) => {
  if (event.key !== " " || event.repeat || event.target.closest("button, select, input, a, summary")) return;
  event.preventDefault();
  $("start").click();
});
listen("dragover drop", (event) => event.preventDefault());
listen("dragover dragleave drop", ({ type }) => root.classList.toggle("dropping", type === "dragover"));
listen("drop", ({ dataTransfer }) => send(dataTransfer.files[0]));
listen("beforeunload", (event) => recording?.isFragile && event.preventDefault());
listen("visibilitychange", () => {
  keepAwake();
  if (!document.hidden) look();
});
listen("hashchange", meetServer);
listen("resize", () => render());
navigator.mediaDevices?.addEventListener("devicechange", listMicrophones);

blocked = canCapture() ? null : "insecure";
$("copy").hidden = !navigator.clipboard;
dress(() => {
  $("progress").ariaLabel = say("fileSending");
  for (const kind in files) $(`download-${kind}`).ariaLabel = say("save", { kind });
  shownReceipt = null;
  listMicrophones();
  listLanguages();
  render();
});
meetServer();
look();
setInterval(() => isBusy() && render(), 250);
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
let frames = 0;
(function animate() {
  // Without motion: twice a second.
  if (!isCalm.matches || ++frames % 30 === 0) drawMeter();
  requestAnimationFrame(animate);
})();
