import type { Id } from "../core/index.ts";

/**
 * What a kind of work is like. To add one: a line here, a member of `JobOrder`, a function in `WORK` (flows/work.ts), and its
 * words in both catalogues and in docs/operating.md; a test reads this table and misses what is not there.
 */
interface JobRule {
  /** Several processes may be at the same job: what is to be done is shared out by claims. Otherwise one is, and the others pass on. */
  readonly shared: boolean;
  /** Whether staff may stop it. What the law or a clock asks for is not theirs to stop. */
  readonly stoppable: boolean;
  /** Whether it belongs to a collection; the others are of the whole instance. */
  readonly of: "collection" | "instance";
}

export const JOB_KINDS = {
  /** Look through the photos of a collection that were taken and not looked through yet. */
  scan: { shared: true, stoppable: true, of: "collection" },
  /** Look through one photo again. */
  "scan-photo": { shared: false, stoppable: true, of: "collection" },
  /** Carry to its end a newcomer's look through the earlier photos that was cut off. */
  rescan: { shared: false, stoppable: false, of: "collection" },
  /** Make and hand over the pictures of a channel. */
  publish: { shared: false, stoppable: true, of: "collection" },
  /** Carry an erasure to its end that was cut off, and what failed in one. */
  confirm: { shared: false, stoppable: false, of: "instance" },
  /** End what time ends, roll the keys, write down what is in force. */
  expire: { shared: false, stoppable: false, of: "instance" },
  /** Look at a watched folder: take what came, and notice what moved and went. */
  watch: { shared: false, stoppable: false, of: "collection" },
  /** Send what is due. */
  mail: { shared: false, stoppable: false, of: "instance" },
} as const satisfies Readonly<Record<string, JobRule>>;

export type JobKind = keyof typeof JOB_KINDS;

export function isJobKind(kind: string): kind is JobKind {
  return Object.hasOwn(JOB_KINDS, kind);
}

/** What is asked for. `details` stay in our table: what the queue carries is the job's id. */
export type JobOrder =
  | { readonly kind: "scan" | "rescan"; readonly collection: Id }
  | { readonly kind: "scan-photo" | "watch"; readonly collection: Id; readonly subject: Id }
  | { readonly kind: "publish"; readonly collection: Id; readonly details: object }
  | { readonly kind: "confirm" | "expire" | "mail" };
