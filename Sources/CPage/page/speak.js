// The screen: what a person does goes to a recording, and what a recording is goes to the screen.
import { canCapture } from "./capture.js";
import { kinds, save } from "./downloads.js";
import { drawStrip, Meter, stripText } from "./meter.js";
import { Player } from "./playback.js";
import { resetAccount, showAccount, showReceipt, timeOfDay } from "./proof.js";
import { Recording } from "./recording.js";
import { findToken, setToken } from "./server.js";
import { chosen, listEngines, listLanguages, listMicrophones, showTheme, wishes } from "./settings.js";
import { hold, Store } from "./store.js";
import { chooseLanguage, clock, figure, fill, say } from "./texts.js";
import { Words } from "./words.js";

const $ = (id) => document.getElementById(id);
const root = document.documentElement;
const meter = new Meter($("meter"));
const words = new Words((seconds) => isOver() && player?.play(seconds));

/** Milliseconds that a tab is given to come back to its recording. */
const otherPatience = 2000;

let recording = null;
let player = null;
/** A recording that was interrupted: its store, what it was, and how many chunks. */
let found = null;
/** Why there is no microphone, if that is known, and whether another tab records. */
let blocked = canCapture() ? null : "insecure";
let isElsewhere = false;
/** A text that stands until the next start. */
let notice = null;
let quietSince = null;
let heardAt = 0;

const isOver = () => recording?.state === "done";
const isBusy = () => recording !== null && !isOver();
/** One is found that has no receipt: it comes first. */
const isInterrupted = () => Boolean(found) && !found.saved.session.receipt;

function state() {
  if (recording) return recording.state;
  if (isElsewhere) return "elsewhere";
  if (found) return "found";
  return blocked ? "none" : "ready";
}

// What a recording tells

const screen = {
  changed() {
    render();
    if (isOver() && wake) keepAwake();
  },
  words(segments) {
    if (!segments) return words.clear();
    const follows = words.isInView;
    if (segments.length) words.add(segments);
    words.partial(recording.transcript.partial, { follows });
  },
  heard(moment, bytes) {
    meter.heard(moment, bytes);
    heardAt = performance.now();
    if (moment.peak > -Infinity) quietSince = null;
    else quietSince ??= heardAt;
  },
  told(key, values) {
    notice = key ? { key, values } : null;
    render();
  },
};

// What a person does

async function start() {
  await looking;
  if (isBusy() || isInterrupted()) return;
  await leave();
  recording = new Recording(screen, chosen());
  await begin(() => recording.startMicrophone($("microphone").value, wishes()));
  listMicrophones();
}

async function send(file) {
  await looking;
  if (!file || isBusy() || isInterrupted()) return;
  await leave();
  recording = new Recording(screen, chosen());
  await begin(() => recording.startFile(file));
}

async function begin(starts) {
  heardAt = performance.now();
  render();
  try {
    await starts();
    blocked = canCapture() ? null : blocked;
  } catch ({ reason }) {
    recording = null;
    if (reason === "elsewhere") waitForOther();
    else if (["empty", "long", "unknown"].includes(reason)) notice = { key: reason };
    else blocked = reason ?? "missing";
  }
  keepAwake();
  render();
}

/** The one before goes. */
async function leave() {
  notice = quietSince = null;
  blocked = canCapture() ? null : "insecure";
  player?.close();
  player = null;
  await recording?.forget();
  await found?.store.forget();
  recording = found = null;
  words.clear();
  resetAccount();
}

function stop() {
  recording.stop();
  render();
}

async function takeUp() {
  const it = found;
  found = null;
  recording = await Recording.restore(screen, it);
  words.clear();
  words.add(recording.transcript.segments);
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
const look = () => (looking = looking.then(lookAround));

async function lookAround() {
  if (!canCapture() || !navigator.locks || recording || found || isElsewhere) return;
  const release = await hold("recording");
  if (!release) {
    waitForOther();
    return;
  }
  found = await Store.find();
  release();
  render();
}

let wake = null;
/** The screen stays on while a microphone is recorded. */
async function keepAwake() {
  const wants = isBusy() && !recording.source && !document.hidden;
  if (!wants) wake?.release();
  wake = wants ? await navigator.wakeLock?.request("screen").catch(() => null) : null;
}

// The screen

/** Sets a text only when it changes: some of them are live regions. */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function noticeText(now) {
  if (now === "elsewhere") return say("another");
  if (now === "none") return say(blocked, { host: location.hostname, secure: `https://${location.host}` });
  if (isBusy() && recording.isAway && !tokenIsAsked()) {
    const { why } = recording;
    return [say("awayText"), why?.text && say("serverSays", why)].filter(Boolean).join(" ");
  }
  if (notice) return say(notice.key, notice.values);
  if (now === "recording" && !recording.source) {
    if (performance.now() - heardAt > 1000) return say("nothing");
    if (quietSince && performance.now() - quietSince > 3000) return say("silent");
  }
  return "";
}

function asideText() {
  if (!isBusy() || !recording.isAway) return "";
  const { session, link } = recording;
  const wait = link.nextTry === null ? 0 : Math.ceil((link.nextTry - performance.now()) / 1000);
  return say(wait > 0 ? "next" : "trying", { seconds: figure(session.behind, 1), next: wait });
}

const tokenIsAsked = () => recording?.why?.needsToken && !recording.link?.isOpen;

function stateText(now) {
  if (now === "recording" && recording.source) return say("fileSending");
  return say(now, { seconds: figure(recording?.session?.behind, 1) });
}

function render() {
  const now = state();
  root.dataset.state = now;
  set($("state"), stateText(now));
  const stops = ["recording", "away", "catching"].includes(now);
  $("start").classList.toggle("stop", stops);
  set($("start"), say(stops ? "stop" : "start"));
  $("start").disabled = ["asking", "finishing", "elsewhere"].includes(now) || isInterrupted();
  const text = noticeText(now);
  $("notice").parentElement.hidden = !text;
  set($("notice"), text);
  set($("aside"), asideText());
  if (recording && tokenIsAsked()) $("token").hidden = false;
  renderFound();
  const hasWords = Boolean(recording?.session);
  $("welcome").hidden = hasWords || Boolean(found);
  $("transcript").hidden = !hasWords;
  $("account").hidden = !hasWords;
  $("settings").hidden = isBusy() && hasWords;
  for (const id of ["microphone", "engine", "language", "file"]) $(id).disabled = isBusy() || isInterrupted();
  renderTools(now);
  if (hasWords) showReceipt(recording);
  tick();
}

function renderFound() {
  $("found").hidden = !found;
  if (!found) return;
  const [head, text] = $("found").children;
  const isDone = !isInterrupted();
  set(head, say(isDone ? "foundDone" : "foundHead"));
  set(text, say("foundText", { time: timeOfDay(found.saved.begun), seconds: figure(found.chunks / 10) }));
  set($("finish"), say(isDone ? "open" : "finish"));
}

function renderTools(now) {
  if (!recording?.session) return;
  const { segments } = recording.transcript;
  for (const kind of ["txt", "srt", "vtt"]) $(`download-${kind}`).disabled = !segments.length;
  $("copy").disabled = !segments.length;
  $("finals").lang = $("partial").lang = recording.session.settings.language ?? "";
  $("download-wav").disabled = !["done", "finishing", "away"].includes(now);
  const isDone = now === "done";
  if (isDone && !player) player = new Player(() => recording.wav(), () => tick());
  root.classList.toggle("playable", isDone);
  const what = ["level", "noise", "echo"].filter((key) => recording.changes[key]).map((key) => say(key).toLowerCase());
  const isSilent = !segments.length && !recording.transcript.partial;
  const remarks = [isSilent && now === "recording" && say("listening"), isDone && !segments.length && say("noWords"),
    isDone && segments.some(({ isEstimated }) => isEstimated) && say("estimated"),
    what.length && say("changed", { what: what.join(", ") }),
    isDone && !recording.source && say("keptHere")];
  set($("remark"), remarks.filter(Boolean).join(" "));
  if (isDone) words.partial(null);
  $("discard").hidden = !isDone;
}

/** What changes without being told: times, figures, the strip. */
function tick() {
  const now = root.dataset.state;
  const session = recording?.session;
  const isDone = now === "done";
  const seconds = recording?.seconds ?? 0;
  set($("time"), isDone && player?.seconds ? `${clock(player.seconds)} / ${clock(seconds)}` : clock(seconds));
  for (const id of ["play", "seek"]) $(id).hidden = !isDone;
  $("meter").hidden = isDone;
  const at = isDone && player?.seconds ? player.seconds : null;
  drawStrip($("strip"), recording?.history ?? [], { all: isDone, at });
  if (isDone) {
    $("play").classList.toggle("on", Boolean(player?.isPlaying));
    $("play").ariaLabel = say(player?.isPlaying ? "pause" : "play");
    $("seek").max = seconds;
    if (document.activeElement !== $("seek")) $("seek").value = player?.seconds ?? 0;
    words.mark(recording.transcript.segments, at);
  }
  const reading = meter.reading;
  set($("level"), isDone ? "" : reading ? `${figure(reading.level, 1)} dBFS` : "– dBFS");
  const clipped = recording?.history.reduce((sum, moment) => sum + moment.clipped, 0) ?? 0;
  const peak = figure(reading?.peak ?? NaN, 1);
  set($("peaks"), isDone ? "" : `${say("peak")} ${peak} · ${say("clipped")} ${figure(clipped)}`);
  const text = stripText(recording?.history ?? []);
  $("strip").ariaLabel = text;
  if (!session) return;
  showAccount(recording);
  if (!isDone || !$("minute").textContent) set($("minute"), text);
  const progress = recording.progress;
  $("progress").hidden = progress === null;
  $("progress").value = progress ?? 0;
}

const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

function animate() {
  if (isBusy() && !isCalm.matches) meter.draw();
  requestAnimationFrame(animate);
}

function speakIn(language) {
  if (language) localStorage.setItem("language", language);
  $("page-language").value = chooseLanguage();
  fill();
  showTheme();
  $("progress").ariaLabel = say("fileSending");
  for (const kind of kinds) $(`download-${kind}`).ariaLabel = say("save", { kind });
  resetAccount();
  listMicrophones();
  listLanguages();
  render();
}

async function meetServer() {
  const status = await listEngines();
  $("token").hidden = status !== 401;
}

// Wiring

$("start").onclick = () => ($("start").classList.contains("stop") ? stop() : start());
$("file").onchange = ({ target }) => {
  send(target.files[0]);
  target.value = "";
};
$("finish").onclick = takeUp;
$("keep").onclick = async () => save(await Recording.restore(screen, found), "wav");
$("forget").onclick = async () => {
  await found.store.forget();
  found = null;
  look();
  render();
};
$("discard").onclick = () => leave().then(render);
$("copy").onclick = async () => {
  await navigator.clipboard.writeText(recording.transcript.text);
  set($("copy"), say("copied"));
  setTimeout(() => set($("copy"), say("copy")), 2000);
};
for (const kind of kinds) $(`download-${kind}`).onclick = () => save(recording, kind);
$("play").onclick = () => player.toggle();
$("seek").oninput = ({ target }) => player.play(Number(target.value));
$("engine").onchange = listLanguages;
$("microphone").onpointerdown = $("microphone").onfocus = listMicrophones;
$("page-language").onchange = ({ target }) => speakIn(target.value);
$("theme").onclick = () => showTheme(1);
$("token").onsubmit = (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  setToken(form.get("token"), { keep: form.has("keep") });
  meetServer();
  if (recording) recording.why = null;
  recording?.link?.retry();
};
addEventListener("keydown", (event) => {
  if (event.key !== " " || event.repeat || event.target.closest("button, select, input, a, summary")) return;
  event.preventDefault();
  if (!$("start").disabled) $("start").click();
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  root.classList.add("dropping");
});
addEventListener("dragleave", () => root.classList.remove("dropping"));
addEventListener("drop", (event) => {
  event.preventDefault();
  root.classList.remove("dropping");
  send(event.dataTransfer.files[0]);
});
addEventListener("beforeunload", (event) => {
  if (isBusy() && (recording.microphone || recording.source || recording.store.isFull)) event.preventDefault();
});
addEventListener("visibilitychange", () => {
  keepAwake();
  if (!document.hidden) look();
});
addEventListener("resize", () => {
  meter.draw();
  tick();
});
navigator.mediaDevices?.addEventListener?.("devicechange", listMicrophones);

addEventListener("hashchange", () => {
  findToken();
  meetServer();
});

$("copy").hidden = !navigator.clipboard;
findToken();
speakIn();
meter.draw();
meetServer();
look();
setInterval(() => {
  if (!isBusy()) return;
  render();
  if (isCalm.matches) meter.draw();
}, 250);
animate();
