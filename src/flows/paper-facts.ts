import { sql } from "kysely";
import type { Preset } from "../db/index.ts";
import { measuredErrors, policyFor, type MeasuredErrors } from "../matching/index.ts";
import type { Controller } from "../rights/index.ts";
import type { Parts } from "./instance.ts";

/** What only the server's configuration says. */
export interface PaperSettings {
  readonly minimumAge: number;
  readonly majorityAge: number;
  /** Whether anybody is written to. */
  readonly mail: boolean;
}

/** Everything that the papers are drafted from; nobody is named but whoever attested a collection. */
export interface PaperFacts extends PaperSettings {
  readonly at: Date;
  readonly controller: Controller;
  readonly idleMonths: number | undefined;
  readonly collections: readonly PaperCollection[];
  readonly people: number;
  readonly children: number;
  readonly model: {
    readonly id: string;
    readonly description: string;
    readonly trainedOn: string;
    readonly pairs: number;
    readonly points: readonly { readonly falseMatchRate: number; readonly threshold: number }[];
    readonly withinGenderFactor: number;
    readonly measured: string;
    readonly warnings: readonly string[];
    readonly policy: string;
    /** People searched beyond which everything is asked. */
    readonly maxGallery: number;
  };
  readonly errors: readonly MeasuredErrors[];
}

export interface PaperCollection {
  readonly name: string;
  readonly purpose: string;
  readonly preset: Preset;
  readonly matching: "off" | "enrolled";
  readonly allCleared: boolean;
  readonly justification: string | null;
  readonly attestation: string;
  readonly attestedBy: string;
  readonly photos: number;
  readonly faces: number;
  readonly joinUntil: Date;
  readonly retainUntil: Date;
  readonly channels: readonly { readonly name: string; readonly public: boolean }[];
}

/** Reads them. The model pack is the one that looks at the pictures of this instance. */
export async function paperFacts(
  parts: Pick<Parts, "db" | "clock" | "controller" | "idleMonths" | "vision">,
  settings: PaperSettings,
): Promise<PaperFacts> {
  const { db } = parts;
  const [collections, counts, errors, { pack }] = await Promise.all([
    sql<PaperCollection>`
      select c.name, c.purpose, c.preset, c.matching, c.match_only is not null as "allCleared", c.justification,
        c.attestation, c.attested_by as "attestedBy", c.join_until as "joinUntil", c.retain_until as "retainUntil",
        (select count(*)::int from photo p where p.collection_id = c.id) as photos,
        (select count(*)::int from face f join photo p on p.id = f.photo_id where p.collection_id = c.id) as faces,
        coalesce((select json_agg(json_build_object('name', h.name, 'public', h.public) order by h.name)
          from channel h where h.collection_id = c.id), '[]') as channels
      from collection c order by c.created_at`.execute(db),
    sql<{ people: number; children: number }>`select (select count(*)::int from person) as people,
      (select count(distinct person_id)::int from guardian) as children`.execute(db),
    measuredErrors(db),
    parts.vision(),
  ]);
  const { manifest } = pack;
  const policy = policyFor(manifest);
  return {
    ...settings,
    at: parts.clock.now(),
    controller: parts.controller,
    idleMonths: parts.idleMonths,
    collections: collections.rows,
    people: counts.rows[0]?.people ?? 0,
    children: counts.rows[0]?.children ?? 0,
    model: {
      id: pack.id,
      description: manifest.description,
      trainedOn: manifest.embedder.trainedOn,
      pairs: manifest.impostors.pairs,
      points: manifest.impostors.points,
      withinGenderFactor: manifest.impostors.withinGenderFactor,
      measured: manifest.thresholds.measured,
      warnings: manifest.warnings,
      policy: policy.version,
      maxGallery: policy.maxGallery,
    },
    errors,
  };
}
