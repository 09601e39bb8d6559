import { compare } from "/page/session.js";
import { equal, isTrue, test } from "/page/checks.js";

const page = { chunks: 12, bytes: 38400, sha256: "ab", answered: 12, rms: 0.1, peak: 0.5, clipped: 3 };
const { answered, ...rest } = page;
const receipt = { ...rest, processed: 11, dropped: 1 };
const agrees = (rows) => rows.every((row) => row.agrees);

test("an account that is the receipt's agrees in every row", () => {
  const rows = compare(page, { ...receipt, type: "summary", client_id: 7, replayed: 2 });
  isTrue(agrees(rows), JSON.stringify(rows));
  isTrue(rows.length >= 7, `only ${rows.length} rows`);
});

test("every figure that differs is seen, alone", () => {
  for (const name of ["chunks", "bytes", "sha256", "processed", "dropped", "rms", "peak", "clipped"]) {
    const other = { ...receipt, [name]: name === "sha256" ? "ac" : receipt[name] + 1 };
    const rows = compare(page, other);
    isTrue(!agrees(rows), name);
    equal(rows.filter((row) => !row.agrees).length, 1, name);
  }
});

test("sums may differ in their last digits and not in more", () => {
  isTrue(agrees(compare(page, { ...receipt, rms: 0.1 * (1 + 9e-7) })), "9e-7 is near");
  isTrue(!agrees(compare(page, { ...receipt, rms: 0.1 * (1 + 2e-6) })), "2e-6 is not");
  isTrue(agrees(compare({ ...page, rms: 0, peak: 0 }, { ...receipt, rms: 0, peak: 0 })), "silence");
});

test("a receipt without a figure does not agree", () => {
  for (const name of ["chunks", "sha256", "rms", "peak", "clipped", "processed"]) {
    const { [name]: _, ...less } = receipt;
    isTrue(!agrees(compare(page, less)), name);
  }
});

test("chunks that are not accounted for do not agree", () => {
  isTrue(!agrees(compare({ ...page, answered: 11 }, receipt)), "one answer is missing");
});
