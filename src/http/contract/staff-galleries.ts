import { Type, type Static } from "typebox";

/** Links by which what was published is seen, under `/api/staff`, as in staff.ts. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const MaxEdge = Type.Integer({ minimum: 320, maximum: 4096 });

/** POST /publications/:id/links. `days`: it ends then, and never after the collection's retention date. */
export const MakeGallery = Type.Object({
  days: Type.Integer({ minimum: 1, maximum: 90 }),
  /** Longest side of its pictures, in pixels. */
  maxEdge: MaxEdge,
});
/** POST /publications/:id/public-gallery: without end, for anybody. The page says what that means before it is chosen. */
export const MakePublicGallery = Type.Object({ understood: Type.Literal(true), maxEdge: MaxEdge });
/** The link is shown once. */
export const MadeGallery = Type.Object({ id: Id, link: Type.String(), expiresAt: Nullable(Time) });
export type MadeGallery = Static<typeof MadeGallery>;

/** PUT /galleries/:gallery/origins: whose pages may hold it in a frame; DELETE /galleries/:gallery: it opens nothing any more. */
export const FrameOrigins = Type.Object({
  origins: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 10 }),
});
export type FrameOrigins = Static<typeof FrameOrigins>;

/** GET /collections/:id/galleries, newest first. */
export const Galleries = Type.Object({
  galleries: Type.Array(
    Type.Object({
      id: Id,
      publication: Id,
      channel: Type.String(),
      state: Type.Union([Type.Literal("open"), Type.Literal("expired"), Type.Literal("revoked")]),
      madeBy: Type.String(),
      madeAt: Time,
      /** null: open to the public. */
      expiresAt: Nullable(Time),
      /** First opened; by whom is not known. */
      openedAt: Nullable(Time),
      maxEdge: Type.Integer(),
      /** Pictures that somebody has seen, and how many of them were changed or taken off since. */
      seen: Type.Integer(),
      changed: Type.Integer(),
      origins: Type.Array(Type.String()),
      /** Where a frame finds it; the secret goes behind `#`. */
      frame: Type.String(),
    }),
  ),
});
export type Galleries = Static<typeof Galleries>;
