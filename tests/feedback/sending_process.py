"""A sender as a deployment runs it, to be killed: sends until nothing waits. Arguments: journal's URL, port."""

import random
import sys
import time
from datetime import UTC, datetime
from functools import partial

from receiver import SECRET

from feedback.journal import Journal, open_store
from feedback.sending import Backoff, Webhook, send

if __name__ == "__main__":
    url, port = sys.argv[1:]
    clock = partial(datetime.now, UTC)
    journal = Journal(open_store(url))
    erp = {"erp": Webhook(f"http://127.0.0.1:{port}/", SECRET, clock, timeout=1.0)}
    while True:
        print("sending", flush=True)
        if send(journal, erp, clock, random.Random(), Backoff(first=0.1, longest=1.0)).next_at is None:
            break
        time.sleep(0.05)
