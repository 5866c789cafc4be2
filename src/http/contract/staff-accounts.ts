import { Type, type Static } from "typebox";

/** Who works here and what they may do, under `/api/staff`. For owners, but for `/invitation`, which needs no session. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Secret = Type.String({ minLength: 4, maxLength: 200 });

export const Role = Type.Union([
  Type.Literal("owner"),
  Type.Literal("editor"),
  Type.Literal("publisher"),
  Type.Literal("photographer"),
  Type.Literal("officer"),
]);
const CollectionRole = Type.Union([
  Type.Literal("editor"),
  Type.Literal("publisher"),
  Type.Literal("photographer"),
]);
/** A role in the whole instance, or in one collection. */
const Grant = Type.Union([
  Type.Object({ collection: Type.Null(), role: Role }),
  Type.Object({ collection: Id, role: CollectionRole }),
]);

/** GET /accounts */
export const StaffAccounts = Type.Object({
  /** Whether invitations can be mailed. */
  mail: Type.Boolean(),
  accounts: Type.Array(
    Type.Object({
      id: Id,
      name: Type.String(),
      email: Type.String(),
      /** In the whole instance; null: none, or only in collections. */
      role: Type.Union([Role, Type.Null()]),
      collections: Type.Array(Type.Object({ id: Id, name: Type.String(), role: CollectionRole })),
      /** Whether it is the account that asks. */
      own: Type.Boolean(),
      lastSeen: Type.Union([Time, Type.Null()]),
      since: Time,
      /** DELETE /accounts/:account/second-factor takes a lost one away, 204. */
      secondFactor: Type.Boolean(),
    }),
  ),
  invitations: Type.Array(
    Type.Object({
      id: Id,
      role: Role,
      collection: Type.Union([Type.Object({ id: Id, name: Type.String() }), Type.Null()]),
      expiresAt: Time,
    }),
  ),
});
export type StaffAccounts = Static<typeof StaffAccounts>;

/** To whom the invitation is mailed, and in which language; without it the link is shown, to be handed over. */
const Mailed = {
  email: Type.Optional(Type.String({ minLength: 1, maxLength: 254 })),
  language: Type.Optional(Type.Union([Type.Literal("fr"), Type.Literal("en")])),
};
/** POST /accounts/invitations: a one-time link by which somebody makes an account of their own. */
export const InviteStaff = Type.Union([
  Type.Object({ ...Grant.anyOf[0].properties, ...Mailed }),
  Type.Object({ ...Grant.anyOf[1].properties, ...Mailed }),
]);
export type InviteStaff = Static<typeof InviteStaff>;
export const StaffInvited = Type.Object({
  id: Id,
  /** Shown once; null where it was mailed, and nobody here sees it. */
  link: Type.Union([Type.String(), Type.Null()]),
  expiresAt: Time,
});
export type StaffInvited = Static<typeof StaffInvited>;

/** PUT /accounts/:account/role: in place of the one that the account had there; `role` null takes it away. */
export const SetRole = Type.Union([
  Type.Object({ collection: Type.Null(), role: Type.Union([Role, Type.Null()]) }),
  Type.Object({ collection: Id, role: Type.Union([CollectionRole, Type.Null()]) }),
]);
export type SetRole = Static<typeof SetRole>;

/** POST /accounts/:account/sessions/end: wherever the account is signed in. */
export const SessionsEnded = Type.Object({ sessions: Type.Integer() });

/** POST /invitation/open {secret} */
export const OpenInvitation = Type.Object({ secret: Secret });
export const InvitationOpened = Type.Object({
  organisation: Type.String(),
  role: Role,
  /** Null: in the whole instance. */
  collectionName: Type.Union([Type.String(), Type.Null()]),
  /** It came by mail: an account of that address has it verified. */
  mailed: Type.Boolean(),
});
export type InvitationOpened = Static<typeof InvitationOpened>;

/** What a key of another program can be given. */
export const KeyScope = Type.Union([
  Type.Literal("see-collections"),
  Type.Literal("see-photos"),
  Type.Literal("read-renditions"),
  Type.Literal("see-people"),
  Type.Literal("see-consents"),
  Type.Literal("invite-people"),
  Type.Literal("see-requests"),
  Type.Literal("look-up"),
  Type.Literal("make-collections"),
  Type.Literal("change-collections"),
  Type.Literal("import-photos"),
  Type.Literal("delete-photos"),
  Type.Literal("hide-more"),
  Type.Literal("manage-webhooks"),
]);
export type KeyScope = Static<typeof KeyScope>;

/** GET /keys */
export const ApiKeys = Type.Object({
  keys: Type.Array(
    Type.Object({
      id: Id,
      name: Type.String(),
      /** How it begins: by that it is recognised. */
      prefix: Type.String(),
      scopes: Type.Array(KeyScope),
      /** Null: every one. */
      collection: Type.Union([Type.Object({ id: Id, name: Type.String() }), Type.Null()]),
      madeBy: Type.String(),
      madeAt: Time,
      expiresAt: Time,
      lastUsedAt: Type.Union([Time, Type.Null()]),
      state: Type.Union([
        Type.Literal("good"),
        Type.Literal("expired"),
        Type.Literal("revoked"),
        Type.Literal("without-maker"),
      ]),
    }),
  ),
});
export type ApiKeys = Static<typeof ApiKeys>;

/** POST /keys: the key is in the answer, and nowhere else after it. DELETE /keys/:key ends it; 204. */
export const MakeApiKey = Type.Object({
  name: Type.String({ maxLength: 200 }),
  scopes: Type.Array(KeyScope, { maxItems: 20 }),
  collection: Type.Union([Id, Type.Null()]),
  /** Its last day, within a year. */
  until: Type.String({ format: "date" }),
});
export type MakeApiKey = Static<typeof MakeApiKey>;
export const ApiKeyMade = Type.Object({ id: Id, key: Type.String(), expiresAt: Time });
export type ApiKeyMade = Static<typeof ApiKeyMade>;
