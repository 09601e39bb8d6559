// Runs the tests of one of the page's modules, ?module=NAME, and reports: window.report is null until it is done.
import { seed, tests } from "/page/checks.js";

const name = new URLSearchParams(location.search).get("module");
window.report = null;
const report = { count: 0, failures: [], seed };
try {
  await import(`/page/${name}.tests.js`);
  for (const { name, run } of tests) {
    try {
      await run();
    } catch (error) {
      report.failures.push(`${name}: ${error.message}\n${error.stack}`.slice(0, 600));
    }
    report.count++;
  }
} catch (error) {
  report.failures.push(`${error.message}\n${error.stack}`);
}
document.getElementById("report").textContent = JSON.stringify(report, null, 2);
window.report = report;
