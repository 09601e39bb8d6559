// The page's account beside the server's receipt.

/** Floating-point sums may differ in their last digits: the contract says 1e-6. */
const near = (a, b) => Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
const same = (a, b) => a === b;

/** Rows of name, both values, and whether they agree. `page` are an account's figures, and its answers. */
export function compare(page, server) {
  const row = (name, ours, theirs, agree = same) => ({ name, page: ours, server: theirs, agrees: agree(ours, theirs) });
  return [
    row("chunks", page.chunks, server.chunks),
    row("bytes", page.bytes, server.bytes),
    row("sha256", page.sha256, server.sha256),
    row("answered", page.processed + page.dropped, server.processed + server.dropped),
    row("rms", page.rms, server.rms, near),
    row("peak", page.peak, server.peak, near),
    row("clipped", page.clipped, server.clipped),
  ];
}

export const agrees = (rows) => rows.every((row) => row.agrees);
