// The page's only worker, under its only Trusted Types policy.

const address = new URL("worker.js", import.meta.url).pathname;
const policy = globalThis.trustedTypes?.createPolicy("worker", { createScriptURL: () => address });

export const startWorker = () => new Worker(policy?.createScriptURL("") ?? address, { type: "module" });
