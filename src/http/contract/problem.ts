import { Type, type Static } from "typebox";

/** RFC 9457 problem details. `code` is one of docs/errors.md; `remedy` says what to do. No personal data in any field. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.String(),
  remedy: Type.Optional(Type.String()),
});
export type Problem = Static<typeof Problem>;
