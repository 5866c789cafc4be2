import { Type, type Static } from "typebox";

/** Watched folders of a collection, under `/api/staff/collections/:id/folders`. Paths can name people: for staff alone. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });

/** Why a file waits for a human, or is left out. */
export const FILE_REASONS = [
  "no-time",
  "outside",
  "raw",
  "link",
  "empty",
  "too-large",
  "unreadable-file",
  "not-a-picture",
  "removed",
  "unreadable-picture",
  "unsupported-picture",
  "worker-failed",
] as const;
const Files = Type.Object({
  /** All of them; `files` has the first 200. */
  count: Type.Integer(),
  files: Type.Array(Type.Object({ path: Type.String(), reason: Type.Enum([...FILE_REASONS]) })),
});
const WhenGone = Type.Enum(["tell", "delete"]);

export const WatchedFolder = Type.Object({
  id: Id,
  path: Type.String(),
  state: Type.Enum(["on", "paused"]),
  /** not-allowed: the operator allows it no more. unreachable: not there. emptied: all of it gone at once. ended: the collection takes no more. */
  problem: Type.Union([Type.Enum(["not-allowed", "unreachable", "emptied", "ended"]), Type.Null()]),
  lookedAt: Type.Union([Time, Type.Null()]),
  from: Time,
  /** The first moment after the window. */
  until: Time,
  minutes: Type.Integer(),
  whenGone: WhenGone,
  madeBy: Type.String(),
  madeAt: Time,
  /** Files of which the collection has the photo. */
  taken: Type.Integer(),
  /** Too new to be taken, or still being written. */
  coming: Type.Integer(),
  waiting: Files,
  leftOut: Files,
  missing: Type.Object({
    count: Type.Integer(),
    files: Type.Array(Type.Object({ path: Type.String(), since: Time })),
  }),
});
export type WatchedFolder = Static<typeof WatchedFolder>;

/** GET */
export const WatchedFolders = Type.Object({
  /** Below which a folder may be named; none: the operator allows no folder. */
  libraries: Type.Array(Type.String()),
  folders: Type.Array(WatchedFolder),
});
export type WatchedFolders = Static<typeof WatchedFolders>;

const Day = Type.String({ format: "date" });
/** POST */
export const WatchFolder = Type.Object({
  path: Type.String({ minLength: 1, maxLength: 4000 }),
  /** First and last day on which its photos were taken. */
  from: Day,
  until: Day,
  whenGone: WhenGone,
});
export type WatchFolder = Static<typeof WatchFolder>;
/** Answer to POST */
export const WatchMade = Type.Object({ id: Id });
/** PUT :folder/state */
export const SwitchWatch = Type.Object({ on: Type.Boolean() });
/** Answer to POST :folder/waiting */
export const WaitingTaken = Type.Object({ files: Type.Integer() });
/** POST :folder/missing/deletion */
export const DeleteMissing = Type.Object({ really: Type.Literal(true) });
