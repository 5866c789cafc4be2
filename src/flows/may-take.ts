import type { Arrival, WaitsFor } from "../photos/index.ts";

/** Of a watched folder, what decides whether a photo is taken by itself. */
export interface TakingRule {
  /** The collection's window. */
  readonly from: Date;
  readonly until: Date;
  /** How old a photo must be, in minutes. */
  readonly minutes: number;
}

const DAY_MS = 86_400_000;

/**
 * Whether a photo that is still is taken from a watched folder now, later, or by a human alone. It is as old as the later of its
 * capture and its file; a file that says it is of the future is as old as our knowledge of it. What a human let through needs be old
 * enough all the same: nothing that is taken is live. Times are milliseconds since 1970.
 */
export function mayTake(
  rule: TakingRule,
  file: Pick<Arrival, "modifiedAt" | "stillSince" | "state">,
  takenAt: number | null,
  now: number,
):
  | { readonly state: "take" }
  | { readonly state: "later"; readonly at: number }
  | { readonly state: "waits"; readonly reason: WaitsFor } {
  const fileSince = Math.min(file.modifiedAt, file.stillSince);
  const isAllowed = file.state === "allowed";
  if (!isAllowed && takenAt === null) return { state: "waits", reason: "no-time" };
  // A camera's clock may be wrong by time zones, and no photo is of another day to come.
  const isPossible = takenAt !== null && takenAt <= now + DAY_MS;
  const isInside = isPossible && takenAt >= rule.from.getTime() && takenAt < rule.until.getTime();
  if (!isAllowed && !isInside) return { state: "waits", reason: "outside" };
  const at = Math.max(fileSince, isPossible ? takenAt : 0) + rule.minutes * 60_000;
  return at <= now ? { state: "take" } : { state: "later", at };
}
