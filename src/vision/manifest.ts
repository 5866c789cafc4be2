import { Type, type Static } from "typebox";
import { Value } from "typebox/value";

const share = Type.Number({ minimum: 0, maximum: 1 });
const text = Type.String({ minLength: 1 });
const closed = { additionalProperties: false } as const;

const Model = {
  /** Name in the pack's folder; no path. */
  file: Type.String({ pattern: "^[A-Za-z0-9_.-]+\\.onnx$" }),
  sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  architecture: text,
  licence: text,
  /** Where the weights come from: the npm package and file they were taken from, its hash, who trained them. */
  provenance: Type.Object(
    {
      package: text,
      path: text,
      sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
      upstream: text,
      changes: text,
    },
    closed,
  ),
};

/** Pixel values go in as `(v - mean) * scale`. */
const Normalisation = { mean: Type.Number(), scale: Type.Number({ exclusiveMinimum: 0 }) };

const ManifestSchema = Type.Object(
  {
    format: Type.Literal("assent-model-pack/1"),
    /** Names the pack for ever: templates of packs with different ids are never compared. */
    id: Type.String({ pattern: "^[a-z0-9][a-z0-9.-]{0,63}$" }),
    description: text,
    detector: Type.Object(
      {
        ...Model,
        ...Normalisation,
        outputs: Type.Object({ scores: text, boxes: text }, closed),
        settings: Type.Object({ propose: share, insist: share }, closed),
      },
      closed,
    ),
    confirmer: Type.Object(
      {
        ...Model,
        ...Normalisation,
        outputs: Type.Object({ score: text, box: text, points: text }, closed),
        settings: Type.Object({ firstLook: share, certain: share, doubtful: share }, closed),
      },
      closed,
    ),
    embedder: Type.Object(
      {
        ...Model,
        ...Normalisation,
        side: Type.Literal(112),
        template: Type.Literal("arcface-112"),
        outputs: Type.Object({ embedding: text }, closed),
        dimension: Type.Integer({ minimum: 16, maximum: 2048 }),
        trainedOn: text,
      },
      closed,
    ),
    /** How alike strangers look to the embedder: what any claim about wrong matches rests on. */
    impostors: Type.Object(
      {
        source: text,
        pairs: Type.Integer({ minimum: 1 }),
        /** Cosine from which the share `falseMatchRate` of the pairs of strangers lies. */
        points: Type.Array(
          Type.Object(
            {
              falseMatchRate: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
              threshold: Type.Number(),
              note: Type.Optional(text),
            },
            closed,
          ),
          { minItems: 1 },
        ),
        /** By how much the rate is higher within one gender (the higher figure of the range measured). */
        withinGenderFactor: Type.Number({ minimum: 1 }),
        /** People of one gender for whom an FPIR of 1e-4 is supported at the strictest point above. */
        largestGallery: Type.Integer({ minimum: 1 }),
      },
      closed,
    ),
    /** Cosines proposed to the matching policy, with the measurement they rest on. */
    thresholds: Type.Object(
      { ask: Type.Number(), automatic: Type.Number(), margin: Type.Number(), measured: text },
      closed,
    ),
    /** What must be known before the pack is used. */
    warnings: Type.Array(text),
  },
  closed,
);

export type Manifest = Static<typeof ManifestSchema>;

/** The manifest, or what is wrong with it. */
export function checkManifest(parsed: unknown): Manifest | { readonly wrong: string } {
  if (Value.Check(ManifestSchema, parsed)) return parsed;
  const [first] = Value.Errors(ManifestSchema, parsed);
  return { wrong: `malformed at ${first?.instancePath || "its top"}: ${first?.message ?? "unknown"}` };
}
