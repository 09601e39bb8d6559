// The bare transcript with the meter, for a kiosk or as a source in a streaming program.
import { mayAlready } from "./capture.js";
import { Meter } from "./meter.js";
import { Recording } from "./recording.js";
import { findToken } from "./server.js";
import { chooseLanguage, figure, fill, say } from "./texts.js";
import { Words } from "./words.js";

const $ = (id) => document.getElementById(id);
const wished = new URLSearchParams(location.search);
/** Lines that stay. */
const lineCount = Number(wished.get("lines")) || 4;
/** Begins by itself, but never with a question: OBS asks none, and gives a microphone only if it was told to. */
const isAuto = wished.get("autostart") === "1" && (Boolean(globalThis.obsstudio) || (await mayAlready()));
const meter = new Meter($("meter"));
const words = new Words(() => {});
let recording = null;
let notice = "";

const screen = {
  changed: () => render(),
  words(segments) {
    words.add(segments ?? []);
    while ($("finals").childElementCount > lineCount) $("finals").firstElementChild.remove();
    words.partial(recording.transcript.partial);
  },
  heard: (moment, bytes) => meter.heard(moment, bytes),
  told(key, values) {
    notice = key && say(key, values);
    render();
  },
};

async function start() {
  notice = "";
  await recording?.forget();
  const options = { engine: wished.get("engine") ?? undefined, language: wished.get("language") ?? undefined };
  recording = new Recording(screen, options, { keeps: false });
  render();
  try {
    await recording.startMicrophone("", { level: false, noise: false, echo: false });
  } catch ({ reason }) {
    recording = null;
    notice = say(reason ?? "missing", { host: location.hostname, secure: `https://${location.host}` });
  }
  render();
}

function render() {
  const state = recording?.state ?? (notice ? "none" : "ready");
  document.documentElement.dataset.state = state;
  const stops = ["recording", "away", "catching"].includes(state);
  document.documentElement.classList.toggle("auto", isAuto && stops);
  $("start").textContent = say(stops ? "stop" : "start");
  $("start").classList.toggle("stop", stops);
  $("start").disabled = state === "asking" || state === "finishing";
  $("state").textContent = state === "recording" ? "" : say(state, { seconds: figure(recording?.session?.behind, 1) });
  const failure = recording?.failure ? say("serverSays", { text: recording.failure }) : notice;
  $("notice").parentElement.hidden = !failure;
  if ($("notice").textContent !== failure) $("notice").textContent = failure;
}

$("start").onclick = () => ($("start").classList.contains("stop") ? recording.stop() : start());

function animate() {
  meter.draw();
  requestAnimationFrame(animate);
}

findToken();
chooseLanguage();
fill();
render();
setInterval(render, 500);
animate();
if (isAuto) start();
