import type { EvaluationInput, Observation } from "./observation.ts";
import { rateByIdentity, tallyByPerson, type Rate } from "./rate.ts";

/** Heights in pixels, `from` inclusive, `to` exclusive; null has no upper end. */
export interface HeightBand {
  readonly from: number;
  readonly to: number | null;
}

export interface HeightRow extends HeightBand {
  /** Faces of known people in the band. */
  readonly n: number;
  /** Found by both stages of the detector, or by one of them. */
  readonly detected: Rate;
  readonly hidden: Rate;
  /** Of the faces of enrolled people: given to the right person, without or after a question. */
  readonly matched: Rate;
  readonly asked: Rate;
  readonly matchedOrAsked: Rate;
}

export const HEIGHT_BANDS: readonly HeightBand[] = [
  { from: 0, to: 28 },
  { from: 28, to: 32 },
  { from: 32, to: 48 },
  { from: 48, to: 64 },
  { from: 64, to: 96 },
  { from: 96, to: null },
];

/** The bands for which aims are set. */
export const POOLED_BANDS: readonly HeightBand[] = [
  { from: 28, to: null },
  { from: 48, to: null },
];

function inBand(height: number, band: HeightBand): boolean {
  return height >= band.from && (band.to === null || height < band.to);
}

/** Given to the person whose face it is, and to nobody else, without a question. */
function isRightlyMatched(face: Observation): boolean {
  const { state, persons } = face.decision;
  return state === "matched" && persons.length === 1 && persons[0] === face.person;
}

/** The person whose face it is will be asked, be it along with somebody else. */
function isRightlyAsked(face: Observation): boolean {
  return (
    face.decision.state === "asked" && face.person !== null && face.decision.persons.includes(face.person)
  );
}

export function heightRow(
  input: Pick<EvaluationInput, "observations" | "enrolled">,
  band: HeightBand,
): HeightRow {
  const enrolled = new Set(input.enrolled);
  const faces = input.observations.filter((face) => face.person !== null && inBand(face.height, band));
  const ofEnrolled = faces.filter((face) => face.person !== null && enrolled.has(face.person));
  const share = (among: readonly Observation[], counts: (face: Observation) => boolean): Rate =>
    rateByIdentity(tallyByPerson(among, (face) => face.person ?? "", counts));
  return {
    ...band,
    n: faces.length,
    detected: share(faces, (face) => face.found !== "missed"),
    hidden: share(faces, (face) => face.hiddenByDefault),
    matched: share(ofEnrolled, isRightlyMatched),
    asked: share(ofEnrolled, isRightlyAsked),
    matchedOrAsked: share(ofEnrolled, (face) => isRightlyMatched(face) || isRightlyAsked(face)),
  };
}
