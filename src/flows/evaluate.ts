import { readdir } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { AssentError, clip, expand, iou, wipe, type Box } from "../core/index.ts";
import { evaluate, type EvaluationReport, type Observation } from "../evaluation/index.ts";
import { decide, policyFor, type Policy } from "../matching/index.ts";
import type { FoundFace } from "../vision/index.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";
import { readSelfies } from "./read-selfies.ts";
import type { TruthPhoto } from "./truth-file.ts";

export interface EvaluateOrder {
  /** Folders with photos and a `truth.json` each; pooled. */
  readonly events: readonly string[];
  /** One picture a person, named PERSON.jpg: these people are enrolled, the others are strangers. */
  readonly selfies: string;
  /** Labels by person (`people.json`), where error rates by self-reported group are wanted. */
  readonly people: string | undefined;
  readonly progress: (done: number, total: number) => void;
}

/** A detection is a true face where their boxes overlap this much: lax, because the boxes follow two conventions. */
const SAME_FACE_IOU = 0.2;

/** A face counts as hidden where this share of its true box lies in what would be painted over. */
const HIDDEN_SHARE = 0.9;
const GRID = 16;

/** The shape painted over a face holds at least its box enlarged by this (publishing/head-shape.ts). */
const PAINTED = 1.3;

/** The threshold above which a match is given without asking, as reports name it. */
export const AUTOMATIC = "automatic";

/** What one evaluation says, and the same for each condition that the truth names apart. */
export interface Evaluated {
  readonly pack: string;
  readonly policy: string;
  readonly report: EvaluationReport;
  readonly conditions: Readonly<Record<string, EvaluationReport>>;
}

/**
 * Measures the pack and the policy in force on labelled photos: what is found, hidden, matched, asked, and how often
 * wrongly. Nothing is stored; scores are summed into rates and overwritten.
 */
export async function evaluateEvents(
  parts: Pick<Parts, "vision" | "processes">,
  order: EvaluateOrder,
): Promise<Evaluated> {
  const selfies = await selfieFiles(order.selfies);
  const vision = await parts.vision();
  const policy = policyFor(vision.pack.manifest);
  const enrolled = [...selfies.keys()];
  const gallery: (readonly Float32Array[])[] = [];
  for (const file of selfies.values()) gallery.push((await readSelfies(parts, [file])).embeddings);
  // Every command loads this file, and few read what is known of photos.
  const { readGroups, readTruth } = await import("./truth-file.ts");
  const photos: { readonly folder: string; readonly photo: TruthPhoto }[] = [];
  for (const folder of order.events) {
    for (const photo of await readTruth(folder)) photos.push({ folder, photo });
  }
  const observations: (Observation & { readonly condition: string | undefined })[] = [];
  let done = 0;
  await inParallel(photos, parts.processes, async ({ folder, photo }) => {
    const found = await vision.findFaces(join(folder, photo.file), { embed: true, chips: false });
    const name = `${basename(folder)}/${photo.file}`;
    observations.push(...observe(name, photo, found.faces, { enrolled, gallery, policy }));
    for (const face of found.faces) if (face.embedding) wipe(face.embedding);
    order.progress(++done, photos.length);
  });
  const groups = order.people === undefined ? undefined : await readGroups(order.people);
  const report = (some: readonly Observation[]): EvaluationReport =>
    evaluate({
      observations: some,
      enrolled,
      thresholds: [
        { name: "ask at 32 px", value: policy.ask(32) },
        { name: "ask at 96 px", value: policy.ask(96) },
        { name: AUTOMATIC, value: policy.automatic(enrolled.length) },
      ],
      ...(groups ? { groups } : {}),
    });
  const conditions = new Set(
    observations.flatMap((one) => (one.condition === undefined ? [] : [one.condition])),
  );
  const result = {
    pack: vision.pack.id,
    policy: policy.version,
    report: report(observations),
    conditions: Object.fromEntries(
      [...conditions]
        .sort()
        .map((name) => [name, report(observations.filter((one) => one.condition === name))]),
    ),
  };
  for (const one of observations) if (one.scores) wipe(one.scores);
  for (const templates of gallery) wipe(...templates);
  return result;
}

interface Gallery {
  readonly enrolled: readonly string[];
  readonly gallery: readonly (readonly Float32Array[])[];
  readonly policy: Policy;
}

function observe(
  name: string,
  truth: TruthPhoto,
  faces: readonly FoundFace[],
  against: Gallery,
): (Observation & { readonly condition: string | undefined })[] {
  const taken = new Map<number, FoundFace>();
  const painted = faces.map((face) => expand(face.box, PAINTED));
  const boxes = truth.faces.map(({ box: [x, y, w, h] }) => ({ x, y, w, h }));
  // The best overlaps first, so that of two heads that overlap neither takes the other's detection.
  const pairs = boxes
    .flatMap((box, i) => faces.map((face) => ({ i, face, overlap: iou(face.box, box) })))
    .filter((pair) => pair.overlap >= SAME_FACE_IOU)
    .sort((one, other) => other.overlap - one.overlap);
  for (const { i, face } of pairs) {
    if (!taken.has(i) && ![...taken.values()].includes(face)) taken.set(i, face);
  }
  const known = truth.faces.map((face, i) => {
    const box = boxes[i] ?? { x: 0, y: 0, w: 0, h: 0 };
    const found = taken.get(i);
    return {
      photo: name,
      person: face.person,
      height: box.h,
      found: found?.detection ?? ("missed" as const),
      hiddenByDefault: coveredShare(clip(box, truth), painted) >= HIDDEN_SHARE,
      condition: face.condition,
      ...searchFor(found, against),
    };
  });
  const others = faces
    .filter((face) => ![...taken.values()].includes(face))
    .map((face) => ({
      photo: name,
      person: null,
      height: face.box.h,
      found: face.detection,
      hiddenByDefault: true,
      condition: undefined,
      ...searchFor(face, against),
    }));
  return [...known, ...others];
}

function searchFor(
  face: FoundFace | undefined,
  { enrolled, gallery, policy }: Gallery,
): Pick<Observation, "scores" | "decision"> {
  const embedding = face?.embedding;
  if (!face || !embedding) return { scores: null, decision: { state: "none", persons: [] } };
  const scores = Float32Array.from(gallery, (templates) =>
    Math.max(
      ...templates.map((template) => template.reduce((sum, v, i) => sum + v * (embedding[i] ?? 0), 0)),
    ),
  );
  const ranked = [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const candidate = (rank: number): { person: string; score: number } | null => {
    const i = ranked[rank];
    const person = i === undefined ? undefined : enrolled[i];
    return i === undefined || person === undefined ? null : { person, score: scores[i] ?? 0 };
  };
  const decision = decide({
    best: candidate(0),
    runnerUp: candidate(1),
    gallerySize: enrolled.length,
    twins: new Map(),
    rejected: new Set(),
    quality: { height: face.box.h },
    policy,
  });
  return { scores, decision };
}

function coveredShare(box: Box, painted: readonly Box[]): number {
  let covered = 0;
  for (let i = 0; i < GRID * GRID; i++) {
    const x = box.x + (((i % GRID) + 0.5) * box.w) / GRID;
    const y = box.y + ((Math.floor(i / GRID) + 0.5) * box.h) / GRID;
    if (painted.some((p) => p.x <= x && x <= p.x + p.w && p.y <= y && y <= p.y + p.h)) covered++;
  }
  return covered / (GRID * GRID);
}

async function selfieFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(resolve(folder)).catch((cause: unknown) => {
    throw new AssentError("not-found", `there is no folder ${folder}`, {
      remedy: "Name a folder with one picture a person, called PERSON.jpg.",
      cause,
    });
  });
  const pictures = names.filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
  if (pictures.length === 0) {
    throw new AssentError("bad-input", `there is no picture in ${folder}`, {
      remedy: "Put one picture a person there, called PERSON.jpg.",
    });
  }
  return new Map(pictures.map((name) => [basename(name, extname(name)), join(resolve(folder), name)]));
}
