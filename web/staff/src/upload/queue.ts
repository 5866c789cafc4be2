import type { Upload } from "tus-js-client";
import { INGESTED_HEADER } from "../../../../src/http/contract/ingested-header.ts";
import type { Ingested } from "../../../../src/http/contract/staff.ts";

/** A file to be sent, under the name that it has below the folder that was dropped. */
export interface Sent {
  readonly name: string;
  readonly file: File;
}

export interface Note {
  readonly kind: "known" | "known-same" | "raw" | "empty" | "not-a-picture" | "removed" | "failed";
  readonly file: string;
  readonly twin?: string;
}

export interface QueueState {
  readonly total: number;
  readonly done: number;
  readonly taken: number;
  readonly known: number;
  readonly out: number;
  readonly running: boolean;
  /** `offline`: waiting for the network. `asked`: by a tap. `signed-out`: the session has ended. */
  readonly paused: "no" | "asked" | "offline" | "signed-out";
  /** What did not simply go well, the newest last. */
  readonly notes: readonly Note[];
  readonly failed: readonly Sent[];
}

export interface Queue {
  add(files: readonly Sent[]): void;
  pause(): void;
  resume(): void;
  retry(): void;
  state(): QueueState;
  subscribe(listener: () => void): () => void;
}

/** Three at once hide the pauses between files; a piece of 4 MB is soon sent again after a lost line. */
const AT_ONCE = 3;
const PIECE_BYTES = 4 * 1024 * 1024;
const RETRY_MS = [0, 1_000, 3_000, 10_000, 30_000, 60_000];
const MOST_NOTES = 500;

/** What sends files: fetched with the first of them. */
type Sender = typeof import("tus-js-client");
let sender: Sender | null = null;

const queues = new Map<string, Queue>();

/** The queue of a collection; it goes on while other pages are open. */
export function queueOf(collection: string): Queue {
  const known = queues.get(collection);
  if (known) return known;
  const fresh = createQueue(collection);
  queues.set(collection, fresh);
  return fresh;
}

function createQueue(collection: string): Queue {
  let state: QueueState = {
    total: 0,
    done: 0,
    taken: 0,
    known: 0,
    out: 0,
    running: false,
    paused: "no",
    notes: [],
    failed: [],
  };
  let waiting: Sent[] = [];
  const active = new Map<Sent, Upload>();
  const listeners = new Set<() => void>();
  const change = (part: Partial<QueueState>): void => {
    state = { ...state, ...part, running: active.size > 0 || waiting.length > 0 };
    for (const listener of listeners) listener();
  };
  const note = (one: Note): void => change({ notes: [...state.notes, one].slice(-MOST_NOTES) });
  const finish = (sent: Sent, part: Partial<QueueState>): void => {
    active.delete(sent);
    change({ done: state.done + 1, ...part });
    next();
  };
  const ingested = (sent: Sent, answer: Ingested | null): void => {
    if (answer === null || answer.state === "taken") return finish(sent, { taken: state.taken + 1 });
    if (answer.state === "known") {
      const same = answer.twin === sent.name;
      note({ kind: same ? "known-same" : "known", file: sent.name, twin: answer.twin });
      return finish(sent, { known: state.known + 1 });
    }
    note({ kind: answer.reason, file: sent.name });
    finish(sent, { out: state.out + 1 });
  };
  const begin = (sent: Sent, { Upload: Sending }: Sender): void => {
    const upload = new Sending(sent.file, {
      endpoint: "/api/staff/uploads",
      headers: { "x-assent": "1" },
      metadata: { collection, filename: sent.name },
      chunkSize: PIECE_BYTES,
      retryDelays: RETRY_MS,
      removeFingerprintOnSuccess: true,
      // After a reload the same file in the same collection goes on where it was.
      fingerprint: () =>
        Promise.resolve(["assent", collection, sent.name, sent.file.size, sent.file.lastModified].join("|")),
      onProgress: () => {
        if (state.paused === "offline") change({ paused: "no" });
      },
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        if (status === 0) change({ paused: "offline" });
        return status === 0 || status >= 500 || status === 409 || status === 423 || status === 429;
      },
      onSuccess: ({ lastResponse }) => {
        const header = lastResponse.getHeader(INGESTED_HEADER);
        ingested(sent, header ? (JSON.parse(decodeURIComponent(header)) as Ingested) : null);
      },
      onError: (error) => {
        const status = "originalResponse" in error ? (error.originalResponse?.getStatus() ?? 0) : 0;
        if (status === 401) {
          active.delete(sent);
          waiting = [sent, ...waiting];
          stop("signed-out");
          return;
        }
        note({ kind: "failed", file: sent.name });
        finish(sent, { failed: [...state.failed, sent] });
      },
    });
    active.set(sent, upload);
    void upload.findPreviousUploads().then((previous) => {
      const [last] = previous;
      if (last) upload.resumeFromPreviousUpload(last);
      if (active.get(sent) === upload) upload.start();
    });
  };
  const next = (): void => {
    if (sender === null) {
      if (waiting.length > 0) void fetchSender();
      change({});
      return;
    }
    while (state.paused !== "asked" && state.paused !== "signed-out" && active.size < AT_ONCE) {
      const sent = waiting.shift();
      if (!sent) break;
      begin(sent, sender);
    }
    change({});
  };
  const fetchSender = async (): Promise<void> => {
    try {
      sender = await import("tus-js-client");
    } catch {
      // No line: what waits goes on with a tap.
      change({ paused: "asked" });
      return;
    }
    next();
  };
  const stop = (why: "asked" | "signed-out"): void => {
    const held = [...active];
    active.clear();
    for (const [, upload] of held) void upload.abort();
    waiting = [...held.map(([sent]) => sent), ...waiting];
    change({ paused: why });
  };
  return {
    add(files) {
      const over = !state.running;
      waiting.push(...files);
      change({
        total: (over ? 0 : state.total) + files.length,
        ...(over ? { done: 0, taken: 0, known: 0, out: 0, notes: [], failed: [] } : {}),
      });
      next();
    },
    pause: () => stop("asked"),
    resume() {
      change({ paused: "no" });
      next();
    },
    retry() {
      const again = state.failed;
      change({
        failed: [],
        notes: state.notes.filter((one) => one.kind !== "failed"),
        done: state.done - again.length,
      });
      waiting.push(...again);
      next();
    },
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Whether anything is on its way: leaving the page would stop it. */
export function isSending(): boolean {
  return [...queues.values()].some((queue) => queue.state().running);
}
