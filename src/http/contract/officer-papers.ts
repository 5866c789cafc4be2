import { Type, type Static } from "typebox";

/** Papers that the program drafts and a person completes. Under `/api/staff/officer`, as in officer.ts. */

const Texts = Type.Array(Type.String());

export const PaperPath = Type.Object({
  paper: Type.Union([Type.Literal("record"), Type.Literal("assessment")]),
});
/** GET /papers/:paper/page: as JSON. /papers/:paper/html and /pdf: as a file. */
export const PaperQuery = Type.Object({
  language: Type.Union([Type.Literal("fr"), Type.Literal("en")]),
});

export const PaperPage = Type.Object({
  title: Type.String(),
  note: Type.String(),
  /** When what it says was read, in a sentence. */
  as: Type.String(),
  sections: Type.Array(
    Type.Object({
      title: Type.String(),
      blocks: Type.Array(
        Type.Union([
          Type.Object({ kind: Type.Literal("text"), text: Type.String() }),
          Type.Object({ kind: Type.Literal("list"), items: Texts }),
          Type.Object({
            kind: Type.Literal("facts"),
            rows: Type.Array(Type.Object({ term: Type.String(), value: Type.String() })),
          }),
          Type.Object({ kind: Type.Literal("table"), heads: Texts, rows: Type.Array(Texts) }),
          /** A person writes this. */
          Type.Object({ kind: Type.Literal("fill-in"), text: Type.String() }),
        ]),
      ),
    }),
  ),
});
export type PaperPage = Static<typeof PaperPage>;
