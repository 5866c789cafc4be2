export {
  beginDisclosure,
  completeDisclosure,
  disclosedOf,
  discloseOne,
  discloseTaken,
  foldersHolding,
  whatLeft,
  type Disclosed,
  type NewDisclosure,
} from "./disclosures.ts";
export { faceAt } from "./face-at.ts";
export { isSameBox, placesOf } from "./places.ts";
export {
  boxArray,
  channelReveals,
  isIn,
  manifestOf,
  publishablePhotos,
  readerReveals,
  type BoxArray,
  type ManifestItem,
  type PublishablePhoto,
} from "./faces.ts";
export { headShape } from "./head-shape.ts";
export { obscure } from "./obscure.ts";
export { plan, type Plan, type PlanFace, type Reveal } from "./plan.ts";
export { createRenderPool, type RenderPool } from "./render.ts";
export {
  audienceOf,
  dropReaderRenditions,
  dropSuspendedPicture,
  holdPublished,
  lastMadePublic,
  publishedIn,
  renditionById,
  renditionFor,
  renditionNamed,
  renditionsWith,
  saveRendition,
  suspendedPublic,
  suspendPublic,
  suspendShowing,
  suspendStale,
  type Audience,
  type NewRendition,
  type PublishedRendition,
  type Suspension,
} from "./renditions.ts";
export { smaller } from "./smaller.ts";
