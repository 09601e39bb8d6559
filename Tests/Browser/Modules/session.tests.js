import { measure } from "/page/levels.js";
import { Session, compare } from "/page/session.js";
import { Random, equal, isTrue, seed, test } from "/page/checks.js";
import { Service } from "/page/simulated-service.js";

const agrees = (rows) => rows.every((row) => row.agrees);
const settings = { sample_rate: 16000, channels: 1, encoding: "s16le", engine: "speech" };
const added = (bytes) => ({ size: bytes.length, frames: bytes.length / 2, levels: measure(bytes) });
const chunk = (session, bytes = new Uint8Array(3200)) => {
  session.add(added(bytes));
  session.hash(bytes);
};
const begun = () => {
  const session = new Session(settings);
  const message = session.opened(0);
  session.received({ type: "started", client_id: 1, session: "a", ...settings }, 0);
  return { session, message };
};
const answer = (session, seq, more = {}) => {
  session.received({ client_id: 1, seq, chunk_size: 3200 }, seq);
  return session.received({ seq, rms: 0, dbfs: null, peak: 0, clipped: 0, duration: 0.1, start: 0, ...more }, seq);
};
const sendAll = (session, window = 600) => {
  const numbers = [];
  for (let number; (number = session.toSend(window)); session.sent(number, 1)) numbers.push(number);
  return numbers;
};

test("it begins with what it is, and asks for updates and words", () => {
  const { message } = begun();
  equal([message.type, message.sample_rate, message.updates, message.words], ["start", 16000, true, true]);
});

test("nothing is sent before the session has begun, and then everything in order, in the window", () => {
  const session = new Session(settings);
  chunk(session);
  equal(sendAll(session), []);
  session.opened(0);
  equal(sendAll(session), [], "before started");
  session.received({ type: "started", session: "a", ...settings }, 0);
  for (let count = 0; count < 9; count++) chunk(session);
  equal(sendAll(session, 4), [1, 2, 3, 4]);
  answer(session, 1);
  answer(session, 2);
  equal(sendAll(session, 4), [5, 6]);
});

test("stop is sent once a connection, after the last chunk", () => {
  const { session } = begun();
  chunk(session);
  equal(session.takeStop(), false, "not asked for");
  session.stopped = true;
  equal(session.takeStop(), false, "a chunk waits");
  sendAll(session);
  equal([session.takeStop(), session.takeStop()], [true, false]);
  session.closed();
  session.opened(0);
  session.received({ type: "started", session: "a", seq: 1, ...settings }, 0);
  equal(session.takeStop(), true, "on the next connection");
});

test("a cut connection is resumed with what is answered, and goes on where the server is", () => {
  const { session } = begun();
  for (let count = 0; count < 6; count++) chunk(session);
  sendAll(session);
  for (const seq of [1, 2, 3]) answer(session, seq);
  session.closed();
  equal(sendAll(session), []);
  equal(session.opened(7), { type: "start", resume: "a", answered: 3, segment: 7 });
  equal(session.received({ type: "started", session: "a", seq: 4, ...settings }, 0), "resumed");
  equal(sendAll(session), [5, 6]);
  equal(session.reconnected, 1);
});

test("a server that came back with less is sent what it lacks, answered or not", () => {
  const { session } = begun();
  for (let count = 0; count < 6; count++) chunk(session);
  sendAll(session);
  for (const seq of [1, 2, 3, 4, 5]) answer(session, seq, { settled: 2 });
  session.closed();
  session.opened(0);
  session.received({ type: "started", session: "a", seq: 3, ...settings }, 0);
  equal(sendAll(session), [4, 5, 6]);
  equal(session.resent, 2);
});

test("less than what was settled, or more than was sent, is another session's", () => {
  for (const seq of [1, 7, undefined]) {
    const { session } = begun();
    for (let count = 0; count < 6; count++) chunk(session);
    sendAll(session);
    for (const seq of [1, 2, 3]) answer(session, seq, { settled: 2 });
    session.closed();
    session.opened(0);
    equal(session.received({ type: "started", session: "a", seq, ...settings }, 0), "contradiction", seq);
  }
});

test("a lost session begins anew with the first chunk that is not settled, and its account, too", () => {
  const { session } = begun();
  for (let count = 0; count < 6; count++) chunk(session, new Uint8Array(3200).fill(count));
  sendAll(session);
  for (const seq of [1, 2, 3, 4]) answer(session, seq, { settled: 2, settled_frames: 700 });
  session.closed();
  session.opened(0);
  const kind = session.received({ error: "resume: unknown session" }, 0);
  const message = session.opened(0);
  equal([kind, message.type, message.resume, message.settled_frames], ["lost", "start", undefined, 700]);
  session.received({ type: "started", session: "b", ...settings }, 0);
  equal(session.hashed, 2, "the account begins");
  equal(session.shift, 0.2);
  equal(sendAll(session), [3, 4, 5, 6]);
});

test("a notice, a pong and what is not known change nothing", () => {
  const { session } = begun();
  chunk(session);
  sendAll(session);
  const before = JSON.stringify(session.save());
  for (const reply of [{ type: "notice", notice: "x" }, { type: "pong" }, { type: "new" }, {}, { error: "what?" }])
    session.received(reply, 0);
  equal(JSON.stringify(session.save()), before);
});

test("replies that come twice, late or for chunks that were never sent are harmless", () => {
  const { session } = begun();
  for (let count = 0; count < 3; count++) chunk(session);
  sendAll(session);
  answer(session, 1);
  answer(session, 2);
  answer(session, 1);
  answer(session, 99, { settled: 99 });
  equal([session.answered, session.settled.number], [2, 0]);
  session.received({ type: "flushed", seq: 2, settled: 2 }, 0);
  session.received({ type: "flushed", seq: 1, settled: 1 }, 0);
  equal(session.settled.number, 2, "never goes back");
});

test("chunks stay while they may be needed again", () => {
  const { session } = begun();
  for (let count = 0; count < 5; count++) chunk(session);
  sendAll(session);
  for (const seq of [1, 2, 3]) answer(session, seq, { settled: 1 });
  equal(session.firstKept, 2, "answered is not settled");
});

/** A recording through a service that is cut and forgets, and a page that reloads. Null: it did not come to an end. */
function course(random, { whole }) {
  const service = new Service(random);
  const [wanted, said, kept] = [random.whole(1, 60), [], new Map()];
  let session = new Session(settings, whole);
  let isConnected = false, told = 0;
  const cut = () => {
    if (isConnected) session.closed();
    isConnected = false;
    service.cut();
  };
  const events = [
    [25, () => session.count < wanted, () => {
      const bytes = (said[session.count + 1] ??= random.bytes(2 * random.whole(1, 40)));
      session.add(added(bytes));
      kept.set(session.count, bytes);
    }],
    [25, () => session.hashed < session.count, () => {
      const bytes = kept.get(session.hashed + 1);
      isTrue(bytes, `chunk ${session.hashed + 1} was let go before its account`);
      session.hash(bytes);
    }],
    [10, () => session.count === wanted, () => { session.stopped = true; }],
    [2, () => isConnected, cut],
    [1, () => true, () => { cut(); service.restart(); }],
    [1, () => !whole && session.phase === "closed", () => {
      const chunks = said.slice(1, session.count + 1).map(added);
      session = Session.restore(structuredClone(session.save()), chunks);
      for (let number = session.base + 1; number <= session.count; number++) kept.set(number, said[number]);
    }],
    [15, () => !isConnected, () => {
      isConnected = true;
      service.connect();
      service.control(session.opened(0));
    }],
    [25, () => isConnected, () => {
      const number = session.toSend(20);
      if (!number) return session.takeStop() && service.control({ type: "stop" });
      isTrue(kept.has(number), `chunk ${number} was let go before it was sent`);
      service.chunk(kept.get(number));
      session.sent(number, 1);
    }],
    [30, () => isConnected, () => {
      const reply = service.reply();
      if (!reply) return;
      if (reply.settled !== undefined) told = Math.max(told, session.base + reply.settled);
      const kind = session.received(reply, 1);
      isTrue(kind !== "contradiction" && kind !== "unknown", `${JSON.stringify(reply)} is taken as ${kind}`);
      if (kind === "lost") service.control(session.opened(0));
      for (const number of kept.keys()) if (number < session.firstKept && !whole) kept.delete(number);
    }],
  ];
  for (let step = 0; step < 5000; step++) {
    const possible = events.filter(([, isPossible]) => isPossible());
    let pick = random.next() * possible.reduce((sum, [weight]) => sum + weight, 0);
    possible.find(([weight]) => (pick -= weight) < 0)[2]();
    if (session.receipt) return { session, service, said, wanted, told };
  }
  return null;
}

for (const whole of [false, true]) {
  const kind = whole ? "of a file " : "";
  test(`whatever happens on the way, the receipt ${kind}agrees and no chunk without final words is missing`, () => {
    const random = new Random(seed);
    let finished = 0;
    for (let round = 0; round < 400; round++) {
      const found = course(random, { whole });
      if (!found) continue;
      finished++;
      const { session, service, said, wanted, told } = found;
      while (session.hashed < session.count) session.hash(said[session.hashed + 1]);
      const rows = compare(session.figures, session.receipt);
      isTrue(agrees(rows), `round ${round}: ${JSON.stringify(rows.filter((row) => !row.agrees))}`);
      isTrue(session.base <= told, `round ${round}: begins at ${session.base}, ${told} were settled`);
      equal(service.received.length, wanted - session.base, `round ${round}: chunks in the last session`);
      service.received.forEach((bytes, place) =>
        equal([...bytes], [...said[session.base + place + 1]], `round ${round}: chunk ${session.base + place + 1}`));
    }
    isTrue(finished > 200, `only ${finished} of 400 recordings came to an end`);
  });
}
