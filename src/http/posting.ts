import type { Id } from "../core/index.ts";
import { askToVerify, mailWaysBack, sendOutbox, type Parts, type Sender } from "../flows/index.ts";
import { errorFacts, type Log } from "./log.ts";

/** What is mailed after the answer: whoever asks does not wait for the mail server, and learns nothing from how long it took. */
export interface Posting {
  /** Asks by a message whether the address that a person just gave is read by them. What fails is tried again within the hour. */
  verify(person: Id): void;
  /** Mails a way back to whoever verified this address, if anybody did. */
  waysBack(email: string): void;
  /** Sends what is due in the outbox. What fails is tried again within the hour. */
  outbox(): void;
  /** Waits for what has begun; no more begins. */
  close(): Promise<void>;
}

/** Addresses that wait while others are looked for. Beyond them, whoever asks gets no message and asks again. */
const MOST_WAITING = 1_000;

export function createPosting(parts: Parts, sender: Sender | undefined, log: Log): Posting {
  const running = new Set<Promise<void>>();
  let asked = new Set<string>();
  let looking = false;
  const closing = new AbortController();
  const run = (work: () => Promise<void>): void => {
    const done = work()
      .catch((error: unknown) => log.warn(errorFacts(error), "a message was not sent"))
      .finally(() => running.delete(done));
    running.add(done);
  };
  /** One pass over the addresses serves all who asked before it began, so that many who ask cost one pass. */
  const look = async (mail: Sender): Promise<void> => {
    looking = true;
    try {
      while (asked.size > 0 && !closing.signal.aborted) {
        const these = asked;
        asked = new Set();
        const { failed } = await mailWaysBack(parts, mail, these);
        if (failed.length > 0) log.warn({ count: failed.length }, "ways back were not sent");
      }
    } finally {
      looking = false;
    }
  };
  return {
    verify(person) {
      if (sender && !closing.signal.aborted) run(() => askToVerify(parts, sender, person));
    },
    outbox() {
      if (sender && !closing.signal.aborted) {
        run(async () => {
          const { failed } = await sendOutbox(parts, sender);
          if (failed > 0) log.warn({ count: failed }, "invitations were not sent");
        });
      }
    },
    waysBack(email) {
      if (!sender || closing.signal.aborted) return;
      if (asked.size >= MOST_WAITING) {
        log.warn("too many ask for a way back at once");
        return;
      }
      asked.add(email);
      if (!looking) run(() => look(sender));
    },
    async close() {
      closing.abort();
      await Promise.all(running);
    },
  };
}
