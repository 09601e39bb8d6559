// The connection of a session: sends when something happens, and comes back when it breaks.
import { connect } from "./server.js";

// Milliseconds until the next attempt, doubled from the first to the last.
const [firstDelay, lastDelay] = [250, 5000];
const bufferLimit = 4 << 20;
// Milliseconds without a word that is due until the server is asked for one, and until it is left.
const [askAfter, patience] = [5000, 15000];
// No session goes on after these.
const lastCodes = [1002, 1003, 1007, 1009];

// `owner` has window, bytesOf(number), transcript and told(kind, reply).
export function connectSession(session, owner) {
	const link = { awaySince: performance.now(), nextTry: null, retry, pump, end };
	let socket = null;
	let isOver = false;
	let timer = 0;
	let delay = firstDelay;
	let heardAt = 0;
	let isAsked = false;
	let isPumping = false;
	let error = null;
	const watch = setInterval(check, 1000);
	addEventListener("online", retry);
	retry();
	return link;

	function end() {
		isOver = true;
		clearTimeout(timer);
		clearInterval(watch);
		removeEventListener("online", retry);
		socket?.close(1000);
		socket = null;
	}

	function retry() {
		if (socket || isOver) return;
		clearTimeout(timer);
		link.nextTry = error = null;
		heardAt = performance.now();
		socket = connect(session.name !== null);
		socket.binaryType = "arraybuffer";
		socket.onopen = () => {
			heardAt = performance.now();
			begin();
		};
		socket.onmessage = ({ data }) => receive(JSON.parse(data));
		socket.onclose = ({ code }) => closed(code);
	}

	function send(message) {
		socket.send(JSON.stringify(message));
	}

	function begin() {
		send(session.opened(owner.transcript.last));
	}

	function receive(reply) {
		const from = socket;
		heardAt = performance.now();
		isAsked = false;
		if (reply.error) error = reply;
		const kind = session.received(reply, heardAt);
		if (kind === "lost") begin();
		if (kind === "started" || kind === "resumed") {
			link.awaySince = null;
			delay = firstDelay;
		}
		owner.told(kind, reply);
		// What it said cannot be of use: begin with another connection.
		if ((kind === "contradiction" || kind === "refused") && from === socket) {
			delay = lastDelay;
			leave();
			from.close(1000);
		}
		pump();
	}

	function closed(code) {
		socket = null;
		session.closed();
		if (session.receipt) return end();
		if (lastCodes.includes(code)) {
			end();
			return owner.told("ended", error ?? { error: `${code}` });
		}
		// The server has closed the session with it.
		if (code === 1000 && session.name) session.lost();
		comeBack(error?.code && error);
	}

	function comeBack(why) {
		if (isOver) return;
		const wait = delay * (0.75 + Math.random() / 4);
		link.awaySince ??= performance.now();
		link.nextTry = performance.now() + wait;
		delay = Math.min(lastDelay, delay * 2);
		timer = setTimeout(retry, wait);
		owner.told("away", why ?? {});
	}

	// Without a close, which would end the session: the server drops this socket when another resumes.
	function leave() {
		socket.onopen = socket.onmessage = socket.onclose = null;
		socket = null;
		session.closed();
		comeBack();
	}

	function check() {
		const { phase, next, answered, stopped } = session;
		const now = performance.now();
		if (phase === "open" && !stopped && next - 1 <= answered) heardAt = now;
		if (!socket || now - heardAt < askAfter) return;
		if (now - heardAt > patience) return leave();
		if (isAsked || phase !== "open") return;
		isAsked = true;
		send({ type: "ping" });
	}

	// Sends what there is: a chunk came, or a reply, or no more chunks come.
	async function pump() {
		if (isPumping) return;
		isPumping = true;
		await sendAll().finally(() => { isPumping = false; });
		if (socket && session.takeStop()) send({ type: "stop" });
	}

	async function sendAll() {
		for (;;) {
			const to = socket;
			const number = session.toSend(owner.window);
			if (!to || number === null || to.bufferedAmount > bufferLimit) return;
			const bytes = await owner.bytesOf(number);
			// The connection may be another one by now.
			if (to !== socket || session.toSend(owner.window) !== number) continue;
			to.send(bytes);
			session.sent(number, performance.now());
		}
	}
}
