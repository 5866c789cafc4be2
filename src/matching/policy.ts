/**
 * When a face is given to a person, and when the person is asked. A policy belongs to one model pack, from whose
 * measured scores it is made, and carries a version that every machine match records.
 */
export interface Policy {
  readonly version: string;
  readonly packId: string;
  /** The score from which a face is given automatically, by the number of people searched. Never falls with it. */
  automatic(gallerySize: number): number;
  /** The score from which the person is asked, by the height of the face in pixels of the upright picture. */
  ask(height: number): number;
  /** How far the best person must be above the second for the face to be the best person's alone. */
  readonly margin: number;
  /** Height of the face, in pixels of the upright picture, below which a face is asked about and never given. */
  readonly automaticHeight: number;
  /** Number of people searched beyond which the pack's data support no automatic match: then everything is asked. */
  readonly maxGallery: number;
}

type Curve = readonly { readonly at: number; readonly value: number }[];

/**
 * Scores that different people reach, by the logarithm (base 10) of the share of pairs that do: the default pack's
 * embedder over 87 million impostor pairs of web pictures (docs/models.md). The last two rows are no measurement: at
 * 1e-6 the measured score, 0.713, is set by pictures under a wrong name. The steps of the rows above shrink evenly (0.103,
 * 0.085, 0.071), and the last two go on with 0.058 and 0.048.
 */
const IMPOSTORS: Curve = [
  { at: -7, value: 0.718 },
  { at: -6, value: 0.67 },
  { at: -5, value: 0.612 },
  { at: -4, value: 0.541 },
  { at: -3, value: 0.456 },
  { at: -2, value: 0.353 },
];

/** False matches are 4 to 5 times as frequent within one gender as over all pairs (docs/models.md). */
const WITHIN_GENDER = 5;

/** FPIR aimed at: faces given automatically to a wrong person, per face searched. */
const TARGET_FPIR = 1e-4;

/** FPIR = people searched * false match rate * within-gender factor; the curve ends at 1e-7, which is for 200 people. */
const MAX_GALLERY = 200;

/**
 * The laxest automatic threshold, however few are searched. The best wrong score was 0.649 in 254,000 comparisons (3,628
 * faces of five composed sets of 100 photos, seeds 101 to 105, with the templates of 71 people's portraits); the faces of
 * the enrolled from 48 px were above 0.70 in 99.8 % of cases (docs/models.md).
 */
const LEAST_AUTOMATIC = 0.7;

/**
 * The score from which a person is asked, by height of the face: strangers score higher the larger the face, so one
 * threshold for all heights would ask about strangers in large faces, or miss the enrolled in small ones. Measured on the
 * sets named above with 40 of the 71 people enrolled (the first 40 and 12 random choices), worst choice each: matched or
 * asked 100 % of their faces from 48 px, 93.9 % of 32 to 48 px, 83 % of 28 to 32 px; wrong asks per person and 1,000
 * faces: median 0, at most 4.1, from a lookalike who is in every set. With 0.42 at 32 px rising to 0.60 at 96 px it was
 * 97 to 98 % of 32 to 48 px, and at most 12.7 wrong asks. Tuned and checked on the same 71 people, photographed on one
 * day: pictures taken years apart score lower (true match rate 95.5 % at 0.541, 89.8 % at 0.612, docs/models.md).
 */
const ASK: Curve = [
  { at: 28, value: 0.52 },
  { at: 40, value: 0.57 },
  { at: 48, value: 0.6 },
  { at: 64, value: 0.62 },
  { at: 96, value: 0.63 },
];

/**
 * Above the asking score a second person within this distance is asked too. Between 0.03 and 0.12 no figure above
 * changed by more than its spread; so the wider side, at little cost.
 */
const MARGIN = 0.08;

/** Below 32 px less than half of the enrolled people's faces reach 0.6: too little is left to be sure of anybody. */
const AUTOMATIC_HEIGHT = 32;

/** What a model pack states about its scores; see models/ and docs/models.md. */
export interface PackScores {
  readonly id: string;
  readonly impostors: {
    readonly points: readonly { readonly falseMatchRate: number; readonly threshold: number }[];
    readonly withinGenderFactor: number;
    readonly largestGallery: number;
  };
  readonly thresholds: { readonly ask: number; readonly automatic: number; readonly margin: number };
}

/** The pack whose scores the figures of this file were measured with. */
const DEFAULT_PACK = "assent-default-1";

/**
 * The policy for a pack: for the default one from the figures of this file; for any other from what its manifest states,
 * without going beyond its measured rates: where these end, everything is asked.
 */
export function policyFor(pack: PackScores): Policy {
  return pack.id === DEFAULT_PACK ? DEFAULT_POLICY : statedPolicy(pack);
}

const DEFAULT_POLICY: Policy = {
  version: "2026-11-2",
  packId: DEFAULT_PACK,
  automatic: (gallerySize) =>
    Math.max(LEAST_AUTOMATIC, valueAt(IMPOSTORS, rateFor(gallerySize, WITHIN_GENDER))),
  ask: (height) => valueAt(ASK, height),
  margin: MARGIN,
  automaticHeight: AUTOMATIC_HEIGHT,
  maxGallery: MAX_GALLERY,
};

function statedPolicy({ id, impostors, thresholds }: PackScores): Policy {
  const curve: Curve = impostors.points
    .map(({ falseMatchRate, threshold }) => ({ at: Math.log10(falseMatchRate), value: threshold }))
    .sort((a, b) => a.at - b.at);
  const strictest = curve[0];
  const supported = strictest ? TARGET_FPIR / (impostors.withinGenderFactor * 10 ** strictest.at) : 0;
  return {
    version: `stated by ${id}`,
    packId: id,
    automatic: (gallerySize) =>
      Math.max(thresholds.automatic, valueAt(curve, rateFor(gallerySize, impostors.withinGenderFactor))),
    ask: () => thresholds.ask,
    margin: thresholds.margin,
    automaticHeight: AUTOMATIC_HEIGHT,
    maxGallery: Math.min(impostors.largestGallery, Math.floor(supported)),
  };
}

/** Log10 of the false match rate at which this many people are searched at the FPIR aimed at. */
function rateFor(gallerySize: number, withinGender: number): number {
  return Math.log10(TARGET_FPIR / (withinGender * Math.max(1, gallerySize)));
}

/** Straight lines between the points; level before the first and after the last. */
function valueAt(curve: Curve, at: number): number {
  let before = curve[0];
  for (const point of curve) {
    if (at <= point.at) {
      if (!before || point.at === before.at) return point.value;
      return before.value + ((at - before.at) / (point.at - before.at)) * (point.value - before.value);
    }
    before = point;
  }
  return before?.value ?? 1;
}
