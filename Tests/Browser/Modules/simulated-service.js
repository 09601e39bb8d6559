// The server's side of the contract, as far as a session can tell: replies come late, connections are cut, and a
// restart forgets every session.
import { measure, rms, silence, sum } from "/page/levels.js";
import { Sha256 } from "/page/sha256.js";

export class Service {
  #sessions = new Map();
  #names = 0;
  #session = null;
  #replies = [];
  /** The chunks of the session that is spoken to, as received. */
  get received() { return this.#session.chunks; }

  constructor(random) { this.random = random; }

  connect() {
    this.#session = null;
    this.#replies = [];
  }

  /** What was on the way to the page is lost. */
  cut() { this.#replies = []; this.#session = null; }

  restart() { this.cut(); this.#sessions.clear(); }

  control(message) {
    if (message.type === "stop") return this.#stop();
    const old = this.#sessions.get(message.resume);
    if (message.resume && !old) {
      this.#replies.push({ error: "resume: no such session" });
      return;
    }
    this.#session = old ?? {
      name: `s${++this.#names}`, chunks: [], answered: 0, settled: 0, replies: [],
      levels: silence, hash: new Sha256(),
      start: { sample_rate: 16000, channels: 1, encoding: "s16le" },
    };
    const session = this.#session;
    this.#sessions.set(session.name, session);
    const started = { type: "started", client_id: 1, session: session.name, ...session.start };
    this.#replies.push(old ? { ...started, seq: session.chunks.length } : started);
    if (!old) return;
    for (const reply of session.replies) if (reply.seq > message.answered) this.#replies.push(reply);
    if (session.receipt) this.#stop();
  }

  chunk(bytes) {
    const session = this.#session;
    session.chunks.push(bytes);
    session.hash.update(bytes);
    session.levels = sum(session.levels, measure(bytes));
    this.#replies.push({ client_id: 1, seq: session.chunks.length, chunk_size: bytes.length });
  }

  /** The next message that arrives at the page, if one does; meanwhile the workers go on. */
  reply() {
    if (this.#session && this.random.whole(0, 2) > 0) this.#work(this.#session);
    return this.#replies.shift();
  }

  #work(session) {
    if (session.answered >= session.chunks.length) return;
    const seq = ++session.answered;
    // Finals come by utterances: what is settled is told with the reply that has their words.
    if (this.random.whole(0, 3) === 0) session.settled = seq;
    const { peak, clipped, ...levels } = measure(session.chunks[seq - 1]);
    const reply = { seq, rms: rms(levels), dbfs: null, peak, clipped, duration: 0, start: 0, settled: session.settled };
    session.replies.push(reply);
    this.#replies.push(reply);
  }

  #stop() {
    const session = this.#session;
    while (session.answered < session.chunks.length) this.#work(session);
    session.settled = session.answered;
    session.receipt = true;
    this.#replies.push({ type: "flushed", seq: session.answered, settled: session.settled });
    this.#replies.push({
      type: "summary", chunks: session.chunks.length, bytes: session.chunks.reduce((all, one) => all + one.length, 0),
      rms: rms(session.levels), peak: session.levels.peak, clipped: session.levels.clipped,
      sha256: session.hash.digest(), processed: session.answered, dropped: 0, replayed: 0,
    });
  }
}
