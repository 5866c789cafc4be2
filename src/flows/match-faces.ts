import { matchPermits, recheck, type Permit } from "../consent/index.ts";
import { AssentError, wipe, type Id } from "../core/index.ts";
import type { Trx } from "../db/index.ts";
import {
  decide,
  policyFor,
  recordMachineMatches,
  type PackScores,
  type FaceDecision,
  type Policy,
  type Recorded,
} from "../matching/index.ts";
import { twins } from "../people/index.ts";
import { search, type IndexedPack } from "../templates/index.ts";
import type { Parts } from "./instance.ts";
import { notePolicy } from "./note-in-force.ts";

/** A face of a scanned photo with its embedding, which `decideFaces` overwrites. */
export interface Probe {
  readonly face: Id;
  /** Height of the face box, pixels of the upright picture. */
  readonly height: number;
  readonly embedding: Float32Array;
  readonly rejected: ReadonlySet<Id>;
}

/** Permits are good for a minute; sets this old are asked for again. */
const PERMITS_MAX_AGE_MS = 10_000;

/** What a run over many photos of one collection holds: the index, the policy, and permits that are never old. */
export interface Matcher {
  readonly packId: string;
  readonly policy: Policy;
  permits(fresh?: boolean): Promise<Gallery>;
  /** Decides about faces; pure but for the search, and for overwriting every probe's embedding. */
  decideFaces(probes: readonly Probe[], gallery: Gallery): readonly FaceDecision[];
  /** Gives the index back. */
  close(): void;
}

export interface Gallery {
  readonly permits: readonly Permit<"match">[];
  /** Who has one. */
  readonly people: ReadonlySet<Id>;
  readonly twins: ReadonlyMap<Id, ReadonlySet<Id>>;
  /** Of the index: raised by every enrolment and withdrawal. */
  readonly version: number;
}

/** What deciding needs to know of a model pack. */
export interface Pack extends IndexedPack {
  readonly manifest: PackScores;
}

export async function openMatcher(
  parts: Pick<Parts, "db" | "indexes" | "clock">,
  collection: Id,
  pack: Pack,
): Promise<Matcher> {
  const { index, giveBack } = await parts.indexes.borrow(pack);
  const policy = policyFor(pack.manifest);
  await notePolicy(parts, policy);
  let held: { at: number; gallery: Promise<Gallery> } | undefined;
  const read = async (): Promise<Gallery> => {
    // The version first: whoever joins between the reads is then met by the check when writing.
    const { version } = await parts.db
      .selectFrom("index_version")
      .select("version")
      .executeTakeFirstOrThrow();
    await index.renew();
    const permits = await matchPermits(parts.db, collection, parts.clock);
    const people = new Set(permits.map((permit) => permit.person));
    return { permits, people, twins: await twins(parts.db), version };
  };
  return {
    packId: pack.id,
    policy,
    permits(fresh = false) {
      const now = parts.clock.now().getTime();
      if (!held || fresh || now - held.at > PERMITS_MAX_AGE_MS) held = { at: now, gallery: read() };
      return held.gallery;
    },
    decideFaces(probes, gallery) {
      try {
        return probes.map(({ face, height, embedding, rejected }) => {
          const found = search(index, embedding, gallery.permits);
          const evidence = { ...found, twins: gallery.twins, rejected, policy, quality: { height } };
          return { face, ...decide(evidence) };
        });
      } finally {
        wipe(...probes.map((probe) => probe.embedding));
      }
    },
    close: giveBack,
  };
}

/**
 * Writes what was decided, in the transaction of the scan or rescan, after checking again that everybody concerned
 * still agrees. Errors: `no-consent`; the caller decides again with fresh permits.
 */
export async function writeDecisions(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  matcher: Matcher,
  decisions: readonly FaceDecision[],
  gallery: Gallery,
): Promise<Recorded> {
  const named = new Set(decisions.flatMap((decision) => decision.persons));
  const used = gallery.permits.filter((permit) => named.has(permit.person));
  await recheck(trx, used, parts.clock);
  await assertNobodyNew(trx, gallery);
  const source = { packId: matcher.packId, policyVersion: matcher.policy.version };
  return recordMachineMatches(trx, decisions, used, source, parts.clock);
}

/**
 * Nobody has joined or left since the gallery was read, and nobody does until this commits. Otherwise a newcomer, whose
 * own look lists the photos right after their join, could miss one that was being written just then.
 */
async function assertNobodyNew(trx: Trx, gallery: Gallery): Promise<void> {
  const row = await trx.selectFrom("index_version").select("version").forShare().executeTakeFirstOrThrow();
  if (row.version !== gallery.version)
    throw new AssentError("no-consent", "somebody has joined or left meanwhile");
}

/** Whether an error says that a consent changed under way, so that the work is worth doing again. */
export function consentChanged(error: unknown): boolean {
  return error instanceof AssentError && error.code === "no-consent";
}
