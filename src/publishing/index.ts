export {
  beginDisclosure,
  completeDisclosure,
  foldersHolding,
  whatLeft,
  type NewDisclosure,
} from "./disclosures.ts";
export {
  boxArray,
  channelReveals,
  manifestOf,
  publishablePhotos,
  readerReveals,
  type BoxArray,
  type ManifestItem,
  type PublishablePhoto,
} from "./faces.ts";
export { obscure } from "./obscure.ts";
export { plan, type Plan, type PlanFace } from "./plan.ts";
export { createRenderPool, type RenderPool } from "./render.ts";
export {
  audienceOf,
  dropReaderRenditions,
  renditionById,
  renditionFor,
  saveRendition,
  suspendShowing,
  suspendStale,
  type Audience,
  type NewRendition,
  type Suspension,
} from "./renditions.ts";
