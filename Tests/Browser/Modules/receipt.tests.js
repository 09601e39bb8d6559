import { agrees, compare } from "/page/receipt.js";
import { equal, isTrue, test } from "/page/checks.js";

const page = { chunks: 12, bytes: 38400, sha256: "ab", processed: 12, dropped: 0, rms: 0.1, peak: 0.5, clipped: 3 };

test("an account that is the receipt's agrees in every row", () => {
  const rows = compare(page, { ...page, type: "summary", client_id: 7, replayed: 2 });
  isTrue(agrees(rows), JSON.stringify(rows));
  isTrue(rows.length >= 7, `only ${rows.length} rows`);
});

test("every figure that differs is seen, alone", () => {
  for (const name of ["chunks", "bytes", "sha256", "processed", "dropped", "rms", "peak", "clipped"]) {
    const other = { ...page, [name]: typeof page[name] === "string" ? "ac" : page[name] + 1 };
    const rows = compare(page, other);
    isTrue(!agrees(rows), name);
    equal(rows.filter((row) => !row.agrees).length, 1, name);
  }
});

test("sums may differ in their last digits and not in more", () => {
  isTrue(agrees(compare(page, { ...page, rms: 0.1 * (1 + 9e-7) })), "9e-7 is near");
  isTrue(!agrees(compare(page, { ...page, rms: 0.1 * (1 + 2e-6) })), "2e-6 is not");
  isTrue(agrees(compare({ ...page, rms: 0, peak: 0 }, { ...page, rms: 0, peak: 0 })), "silence");
});

test("a receipt without a figure does not agree", () => {
  for (const name of ["chunks", "sha256", "rms", "peak", "clipped", "processed"]) {
    const { [name]: _, ...less } = page;
    isTrue(!agrees(compare(page, less)), name);
  }
});

test("chunks that are not accounted for do not agree", () => {
  isTrue(!agrees(compare({ ...page, processed: 11 }, { ...page })), "one answer is missing");
});
