// The bare transcript with the meter, for a kiosk or as a source in a streaming program.
import { mayAlready } from "./capture.js";
import { drawMeter, hear } from "./meter.js";
import { Recording } from "./recording.js";
import { findToken } from "./server.js";
import { chosen, wishes } from "./settings.js";
import { $, dress, figure, root, say, set, wished } from "./ui.js";
import { showWords } from "./words.js";

/** Lines that stay. */
const lineCount = Number(wished.get("lines")) || 4;
/** Begins by itself, but never with a question: OBS asks none, and gives a microphone only if it was told to. */
const isAuto = wished.get("autostart") === "1" && (Boolean(globalThis.obsstudio) || await mayAlready());
let recording = null;
let blocked = null;

async function start() {
  blocked = null;
  await recording?.forget();
  recording = new Recording({ changed() {}, heard: hear }, chosen(), { keeps: false });
  render();
  try {
    await recording.startMicrophone("", wishes());
  } catch ({ cause = "missing" }) {
    recording = null;
    blocked = cause;
  }
  render();
}

function render() {
  const now = recording?.state ?? (blocked ? "none" : "ready");
  const isLive = ["recording", "away", "catching"].includes(now);
  root.dataset.state = now;
  root.classList.toggle("auto", isAuto && isLive);
  set($("start"), say(isLive ? "stop" : "start"));
  $("start").classList.toggle("stop", isLive);
  $("start").disabled = now === "asking" || now === "finishing";
  $("start").onclick = () => isLive ? recording.stop() : start();
  set($("state"), now === "recording" ? "" : say(now, { seconds: figure(recording?.session?.behind, 1) }));
  const { failure, notice } = recording ?? {};
  set($("notice"), blocked ? say(blocked, { host: location.hostname, secure: `https://${location.host}` })
    : failure ? say("serverSays", { text: failure }) : notice ? say(notice.key, notice.values) : "");
  $("notice").parentElement.hidden = !$("notice").textContent;
  if (recording) showWords(recording.transcript, lineCount);
}

findToken();
dress(render);
setInterval(render, 100);
(function animate() {
  drawMeter();
  requestAnimationFrame(animate);
})();
if (isAuto) start();
