import { Sha256 } from "/page/sha256.js";
import { Random, equal, seed, test } from "/page/checks.js";

const random = new Random(seed);
async function platform(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

test("every length to 300 is hashed as the platform does", async () => {
  for (let length = 0; length <= 300; length++) {
    const bytes = random.bytes(length);
    equal(new Sha256().update(bytes).digest(), await platform(bytes), `${length} bytes`);
  }
});

test("the standard's own examples come out", () => {
  const hash = (text) => new Sha256().update(new TextEncoder().encode(text)).digest();
  equal(hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  equal(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  equal(hash("a".repeat(1_000_000)), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
});

test("however the bytes are split, the hash is the same, and asking for it changes nothing", async () => {
  for (let round = 0; round < 40; round++) {
    const bytes = random.bytes(random.whole(0, 3000));
    const hash = new Sha256();
    for (let at = 0; at < bytes.length;) {
      const size = random.whole(0, 200);
      hash.update(bytes.subarray(at, at + size));
      at += size;
      if (random.whole(0, 3) === 0) hash.digest();
    }
    equal(hash.digest(), await platform(bytes));
    equal(hash.digest(), await platform(bytes), "the second time");
  }
});
