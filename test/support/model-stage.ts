import type * as flows from "../../src/flows/index.ts";
import type { AssentError, ErrorCode } from "../../src/core/index.ts";
import type { Purpose } from "../../src/db/index.ts";
import { INTERNAL_CHANNEL, type ModelScope, PUBLIC_CHANNEL, type World } from "./model-world.ts";
import type { MovedClock } from "./moved-clock.ts";
import { join } from "node:path";

/** What a step works with: an instance, and names that no other run has. */
export interface Stage {
  readonly parts: flows.Parts;
  readonly clock: MovedClock;
  readonly folder: string;
  readonly run: string;
}

/** One step of a random sequence: what the instance does, and what the plain reckoning makes of it. */
export interface Step {
  readonly text: string;
  /** Whether there is anything to do it with. */
  possible(world: World): boolean;
  /** With which code it must be refused; undefined: it must be done. */
  refused?(world: World): ErrorCode | undefined;
  /** What it does all the same where it is refused with that code; without it nothing. */
  applyRefused?(world: World, code: ErrorCode): void;
  act(stage: Stage, world: World): Promise<unknown>;
  apply(world: World, result: unknown): void;
  /** Done after the first comparison, which finds the work of the finish undone. */
  readonly restart?: boolean;
}

export const DAY_MS = 86_400_000;
/** How many may join; whoever comes after them in number never does. */
export const CAST = 3;
export const nothing = (): void => undefined;
export const faceName = (stage: Stage, who: number): string => `${stage.run} ${who}`;

/** What somebody may be asked for. */
export const USES: readonly Omit<ModelScope, "collection">[] = [
  { purpose: "find-me", channel: null },
  { purpose: "keep-template", channel: null },
  { purpose: "staff-lookup", channel: null },
  { purpose: "show-name", channel: null },
  ...[PUBLIC_CHANNEL, INTERNAL_CHANNEL, "companions"].map((channel) => ({
    purpose: "publish" as const,
    channel,
  })),
];
export type Use = (typeof USES)[number];
export const named = ({ purpose, channel }: Use): string =>
  channel === null ? purpose : `${purpose}:${channel}`;
export const has = (uses: readonly Use[], purpose: Purpose): boolean =>
  uses.some((use) => use.purpose === purpose);

export function isOpen(world: World, c: number): boolean {
  const collection = world.collections[c];
  return collection !== undefined && !collection.gone;
}

export const until = (world: World, c: number): number => world.collections[c]?.retainUntil ?? 0;

export const outOf = (stage: Stage, c: number, name: string): string =>
  join(stage.folder, `${stage.run}-${c}-${name}`);

export function codeOf(error: unknown): string {
  const code = (error as Partial<AssentError>).code;
  if (code === undefined || !(error instanceof Error) || error.name !== "AssentError") throw error;
  return code;
}
