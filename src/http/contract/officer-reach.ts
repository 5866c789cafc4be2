import { Type, type Static } from "typebox";

/** For a breach: whose data could be reached. Under `/api/staff/officer`, as in officer.ts. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Count = Type.Integer({ minimum: 0 });
const Text = Type.Union([Type.String(), Type.Null()]);

/** GET /reach/choices: what may have got into wrong hands. */
export const ReachChoices = Type.Object({
  accounts: Type.Array(Type.Object({ id: Id, name: Type.String() })),
  keys: Type.Array(Type.Object({ id: Id, name: Type.String(), prefix: Type.String() })),
  /** On posters. */
  links: Type.Array(Type.Object({ id: Id, collection: Text, by: Type.String(), at: Time })),
  galleries: Type.Array(
    Type.Object({ id: Id, collection: Type.String(), channel: Type.String(), by: Type.String(), at: Time }),
  ),
});
export type ReachChoices = Static<typeof ReachChoices>;

/** GET /reach?kind&id */
export const ReachQuery = Type.Object({
  kind: Type.Union([
    Type.Literal("account"),
    Type.Literal("key"),
    Type.Literal("link"),
    Type.Literal("gallery"),
  ]),
  id: Id,
});
export type ReachQuery = Static<typeof ReachQuery>;
export const Reach = Type.Object({
  /** `join`: a link by which people join, and which reaches nobody. */
  opens: Type.Union([
    Type.Literal("collections"),
    Type.Literal("person"),
    Type.Literal("join"),
    Type.Literal("gallery"),
  ]),
  /** In all, of people who never joined too. */
  photos: Count,
  people: Type.Array(Type.Object({ person: Id, names: Type.Boolean(), photos: Count, looks: Count })),
});
export type Reach = Static<typeof Reach>;

/** POST /reach/names: a look at each of them. */
export const NameReached = Type.Object({
  ...ReachQuery.properties,
  reason: Type.String({ minLength: 1, maxLength: 500 }),
});
export const ReachedNames = Type.Object({
  names: Type.Array(Type.Object({ person: Id, name: Type.String() })),
});
export type ReachedNames = Static<typeof ReachedNames>;
