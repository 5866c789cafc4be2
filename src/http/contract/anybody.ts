import { Type, type Static } from "typebox";

/** What anybody may say to the server, signed in nowhere. Headers, times and errors as in person.ts. */

/** POST /api/receipts/claim {code}: the receipt of somebody who has left. */
export const ClaimReceipt = Type.Object({ code: Type.String({ minLength: 4, maxLength: 200 }) });
export const ClaimedReceipt = Type.Object({ receipt: Type.String() });

/** POST /api/verify {receipt} -> Verdict, for anybody. */
export const Verify = Type.Object({ receipt: Type.String({ maxLength: 100_000 }) });
export const Verdict = Type.Object({ valid: Type.Boolean(), reason: Type.String() });

/** POST /api/requests: "hide me / report this photo", for anybody, without account. */
export const HideRequest = Type.Object({
  kind: Type.Union([Type.Literal("hide-me"), Type.Literal("report")]),
  /** A photo's id as a person's page knows it, or a rendition's random name as a gallery or published file has it. */
  photo: Type.Optional(Type.String({ format: "uuid" })),
  rendition: Type.Optional(Type.String({ maxLength: 100 })),
  /** The place that was tapped, in shares (0 to 1) of the picture's width and height. */
  place: Type.Optional(
    Type.Object({ x: Type.Number({ minimum: 0, maximum: 1 }), y: Type.Number({ minimum: 0, maximum: 1 }) }),
  ),
  contact: Type.Optional(Type.String({ maxLength: 254 })),
  note: Type.Optional(Type.String({ maxLength: 1000 })),
  language: Type.Union([Type.Literal("fr"), Type.Literal("en")]),
});
export type HideRequest = Static<typeof HideRequest>;
/** `suspended`: public renditions of the photo that were taken off at once. */
export const HideRequested = Type.Object({
  request: Type.String({ format: "uuid" }),
  dueAt: Type.String({ format: "date-time" }),
  suspended: Type.Integer(),
});

/** GET /api/renditions/:name/picture, image/jpeg: a picture published for a public channel, by its file's random name. */
