"""What was done, and the outcome."""
import datetime
import re


class Ledger:
    def __init__(self):
        self.faults = {}
        self.sent = self.answered = self.resent = self.failed = self.lost = self.doubled = 0
        self.differing = self.digests_wrong = 0
        self.sessions = self.refused = self.resumed = self.begun_anew = self.receipts = self.replayed = 0
        self.talks = self.talks_differing = self.talks_over_restart = 0
        self.unfinished = 0
        self.wrong = []
        self.reasons = set()  # for which sessions could not be resumed

    def tell(self, what):
        """For who looks into the parts' logs."""
        print(datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds"), what, flush=True)

    def begin_anew(self, client, what):
        """A client could not resume its session, and begins another."""
        self.begun_anew += 1
        self.tell(f"client {client}, {what}")

    def fail(self, error):
        """A chunk was answered with an error."""
        self.failed += 1
        self.wrong.append(error)

    @property
    def is_clean(self):
        return not (self.failed or self.lost or self.doubled or self.differing or self.digests_wrong
                    or self.talks_differing or self.unfinished or self.wrong) and self.sent > 0

    def further_rows(self):
        return []

    def text(self):
        rows = [(name, count) for name, count in sorted(self.faults.items())]
        rows += [
            ("faults in all", sum(self.faults.values())),
            ("sessions begun", self.sessions), ("sessions refused for now", self.refused),
            ("sessions resumed", self.resumed),
            ("sessions begun anew behind a server's end", self.begun_anew),
            ("chunks sent", self.sent), ("chunks answered", self.answered),
            ("chunks sent again for words that were not final", self.resent), ("chunks replayed (receipts)", self.replayed),
            ("receipts", self.receipts), ("receipts whose SHA-256 is wrong", self.digests_wrong),
            ("talks recognised", self.talks), ("talks over a server's end", self.talks_over_restart),
            ("talks whose words or times differ", self.talks_differing),
            ("chunks answered with an error", self.failed), ("chunks whose figures differ", self.differing),
            ("clients that did not end", self.unfinished),
            *self.further_rows(),
            ("lost", self.lost), ("doubled", self.doubled),
        ]
        width = max(len(name) for name, _ in rows)
        lines = [f"{name:<{width}}  {count:>9,}" for name, count in rows]
        kinds = {re.sub(r"\d+", "N", what): what for what in self.wrong}
        lines += [f"begun anew: {reason}" for reason in sorted(self.reasons)]
        lines += [f"WRONG: {what}" for what in list(kinds.values())[:20]]
        return "\n".join(lines + ["clean" if self.is_clean else "NOT CLEAN"])
