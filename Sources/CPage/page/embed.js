// The bare transcript with the meter, for a kiosk or a streaming program.
import { mayAlready } from "./capture.js";
import { hear, showLevel } from "./meter.js";
import { Recording } from "./recording.js";
import { findToken } from "./server.js";
import { chosen, wishes } from "./settings.js";
import { $, dress, figure, isLive, root, say, sayBlocked, showState, wished } from "./ui.js";
import { showWords } from "./words.js";

const lineCount = Number(wished.get("lines")) || 4;
// Begins by itself, but never with a question: OBS asks none.
const isAuto = wished.get("autostart") === "1" && (Boolean(globalThis.obsstudio) || await mayAlready());
let recording = null;
let blocked = null;

async function start() {
	blocked = null;
	await recording?.forget();
	recording = new Recording({ changed() {}, heard: hear }, chosen(), false);
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
	const { failure, notice, session } = recording ?? {};
	showState(now, blocked ? sayBlocked(blocked) : failure ? say("says", { text: failure })
		: notice ? say(notice.key, notice.values) : "",
	now === "recording" ? "" : say(now, { seconds: figure(session?.behind, 1) }));
	root.classList.toggle("auto", isAuto && isLive(now));
	$("start").disabled = now === "asking" || now === "finishing";
	$("start").onclick = () => isLive(now) ? recording.stop() : start();
	showLevel();
	if (recording) showWords(recording.transcript, lineCount);
}

findToken();
await dress(render);
setInterval(render, 100);
if (isAuto) start();
