import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sql, type RawBuilder } from "kysely";
import { inject } from "vitest";
import { makeApiKey, openAccounts, removeStaff, revokeApiKey, setRole } from "../../src/accounts/index.ts";
import { restoreInstance, type Configuration, type Instance, type Restored } from "../../src/app/index.ts";
import {
  backup,
  collectionNamed,
  createPersonalLink,
  erase,
  importFolder,
  invite,
  object,
  rejectMatch,
  revokeInvitation,
  sequenceLog,
  signInByLink,
  signOutDevice,
  takeObjectionBack,
  withdraw,
} from "../../src/flows/index.ts";
import { addWatchFolder } from "../../src/photos/index.ts";
import { inTransaction } from "../../src/db/index.ts";
import { databaseUrl, statement } from "./database-server.ts";
import { composeEvent, people } from "./faces.ts";
import { withInstance, type AtRest } from "./killed-copy.ts";
import { joinAs, makeCollection, nothing, publishTo } from "./order.ts";
import { filesBelow } from "./snapshot.ts";

export const COLLECTION = "festival";
const CONSENTS = ["find-me", "contact", "publish:website", "publish:companions"];

/** What was there at the backup, and is not any more when the database is lost. */
export interface BackedUp {
  readonly file: string;
  readonly erased: string;
  readonly withdrawn: string;
  readonly rejecting: string;
  readonly rejectedFace: string;
  /** Faces of who was erased: about one of them somebody has objected since. */
  readonly erasedFaces: readonly string[];
  readonly objectedFace: string;
  readonly device: string;
  readonly invitation: string;
  /** Of the erasure: what it proves of the log is in the part that is lost. */
  readonly lostReceipt: string;
  /** A personal link that nobody had used at the backup. */
  readonly link: string;
}

/** The owner and another member of staff, each with a passkey and a session, before one leaves and the other's password changes. */
async function makeStaff(instance: Instance, at: AtRest): Promise<{ revoke(): Promise<void> }> {
  const { db, keys, clock } = instance;
  const accounts = await openAccounts({
    db,
    keys,
    clock,
    publicUrl: at.configuration.publicUrl,
    organisation: "",
  });
  const owner = { name: "Ada Owner", email: "ada@example.org" };
  await accounts.useOwnerLink({
    secret: await accounts.makeOwnerLink(),
    ...owner,
    password: "before before",
  });
  // The library has no way for us to make further ones yet; what it would make is these rows.
  await sql`insert into auth."user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
    values (gen_random_uuid(), 'Eve Left', 'eve@example.org', true, now(), now())`.execute(db);
  await sql`insert into auth.account (id, "userId", "accountId", "providerId", password, "createdAt", "updatedAt")
    select gen_random_uuid(), id, id, 'credential', 'x', now(), now() from auth."user" where name = 'Eve Left'`.execute(
    db,
  );
  await sql`insert into auth.passkey (id, name, "publicKey", "userId", "credentialID", counter, "deviceType", "backedUp")
    select gen_random_uuid(), 'of ' || name, 'x', id, 'x' || name, 0, 'x', false from auth."user"`.execute(
    db,
  );
  await sql`insert into auth.session (id, "expiresAt", token, "createdAt", "updatedAt", "userId")
    select gen_random_uuid(), now() + interval '1 day', name, now(), now(), id from auth."user"`.execute(db);
  await sql`insert into auth."user" (id, name, email, role, "emailVerified", "createdAt", "updatedAt")
    values (gen_random_uuid(), 'Max Demoted', 'max@example.org', 'officer', true, now(), now())`.execute(db);
  await sql`insert into staff_role (account_id, collection_id, role, given_at)
    select u.id::uuid, c.id, 'editor', now() - interval '1 hour' from auth."user" u, collection c where u.name <> 'Ada Owner'`.execute(
    db,
  );
  const key = await makeApiKey(
    db,
    {
      name: "Website",
      scopes: ["see-collections"],
      collection: null,
      expiresAt: new Date(clock.now().getTime() + 86_400_000),
      by: { account: null, name: "the operator" },
    },
    clock,
  );
  // As if it were of long ago: what is seconds old counts as what it was changed to.
  await sql`update auth.account set "updatedAt" = now() - interval '1 hour'`.execute(db);
  await sql`update auth."user" set "updatedAt" = now() - interval '1 hour'`.execute(db);
  return {
    async revoke() {
      const { rows } = await sql<{ id: string; name: string }>`select id, name from auth."user"`.execute(db);
      const named = (name: string): string => rows.find((row) => row.name === name)?.id ?? "";
      await removeStaff(db, named("Eve Left"));
      const { id: collection } = await db.selectFrom("collection").select("id").executeTakeFirstOrThrow();
      for (const where of [null, collection]) {
        await setRole(db, { account: named("Max Demoted"), collection: where, role: null }, clock);
      }
      await revokeApiKey(instance, { key: key.id, account: null });
      await sql`delete from auth.passkey`.execute(db);
      await accounts.useOwnerLink({
        secret: await accounts.makeOwnerLink(),
        ...owner,
        password: "after after",
      });
      await sequenceLog(instance);
    },
  };
}

/** Three people have joined, their photos are published; then a backup; then one of each restriction. */
export async function backUpAndRestrict(at: AtRest, file: string): Promise<BackedUp> {
  const event = join(at.folder, "event");
  const cast = people().slice(0, 3);
  await composeEvent(event, {
    photos: 3,
    seed: 5,
    width: 900,
    height: 600,
    "min-people": 2,
    "max-people": 3,
    "min-face": 70,
    "max-face": 200,
    people: cast.join(","),
  });
  return withInstance(at, async (instance) => {
    await makeCollection(instance, COLLECTION, { channels: ["website"] });
    const joined: string[] = [];
    for (const [i, face] of cast.entries()) {
      const named = { face, name: `guest ${i}`, email: `guest${i}@example.org` };
      joined.push((await joinAs(instance, COLLECTION, CONSENTS, named)).person);
    }
    const [erased = "", withdrawn = "", rejecting = ""] = joined;
    await importFolder(instance, { folder: event, collection: COLLECTION, progress: nothing });
    await publishTo(instance, COLLECTION, "website", websiteOf(at));
    const { secret } = await createPersonalLink(instance, { person: rejecting, actor: "the desk" });
    const { device } = await signInByLink(instance, { secret });
    const made = await invite(instance, { collection: COLLECTION, kind: "single", actor: "the desk" });
    const invitation = made.invitations[0]?.id ?? "";
    const { face_id: rejectedFace } = await instance.db
      .selectFrom("match")
      .select("face_id")
      .where("person_id", "=", rejecting)
      .where("state", "=", "matched")
      .executeTakeFirstOrThrow();

    const theirs = await instance.db
      .selectFrom("match")
      .innerJoin("face", "face.id", "match.face_id")
      .select("match.face_id")
      .where("person_id", "=", erased)
      .orderBy("face.photo_id")
      .execute();
    const erasedFaces = theirs.map((row) => row.face_id);
    const [objectedFace = ""] = erasedFaces;

    const unused = await createPersonalLink(instance, { person: rejecting, actor: "the desk" });
    await object(instance, { subject: rejecting, actor: "the desk" });
    const staff = await makeStaff(instance, at);

    const watched = {
      collection: (await collectionNamed(instance.db, COLLECTION)).id,
      path: "/nowhere",
      from: new Date(0),
      until: new Date(),
      minutes: 15,
      whenGone: "tell",
      by: "the desk",
      account: null,
    } as const;
    await inTransaction(instance.db, (trx) => addWatchFolder(trx, watched, instance.clock));
    await backup(instance, { out: file, actor: "an operator", progress: nothing });

    await object(instance, { subject: objectedFace, actor: "the desk" });
    const left = await erase(instance, { person: erased, actor: "the desk" });
    const lostReceipt = await readFile(left.receipt, "utf8");
    await withdraw(instance, { person: withdrawn, actor: "the desk" });
    await rejectMatch(instance, { person: rejecting, face: rejectedFace, actor: "the desk" });
    await signOutDevice(instance, { person: rejecting, device: device.id });
    await revokeInvitation(instance, { invitation, actor: "the desk" });
    await takeObjectionBack(instance, { subject: rejecting, actor: "the desk" });
    await staff.revoke();
    const named = {
      lostReceipt,
      link: unused.secret,
      erased,
      withdrawn,
      rejecting,
      rejectedFace,
      erasedFaces,
      objectedFace,
    };
    return { file, ...named, device: device.id, invitation };
  });
}

export function websiteOf(at: AtRest): string {
  return join(at.folder, "website");
}

/** Pictures as they are stored and as they were published, by their bytes. */
export async function picturesOf(at: AtRest): Promise<readonly string[]> {
  const stored = [...(await filesBelow(join(at.folder, "data/blobs")))].filter(
    ([path]) => !path.startsWith("chips"),
  );
  const published = [...(await filesBelow(join(websiteOf(at), "photos")))].map(
    ([, bytes]) => `published ${bytes.toString("base64")}`,
  );
  return [
    ...stored.map(([path, bytes]) => `${path.split("/")[0] ?? ""} ${bytes.toString("base64")}`),
    ...published,
  ].sort();
}

/** The same data folder beside another database, which is empty. */
export async function withEmptyDatabase<T>(at: AtRest, use: (empty: AtRest) => Promise<T>): Promise<T> {
  const { admin } = inject("databaseServer");
  const database = `assent_restored_${randomBytes(8).toString("hex")}`;
  await statement(admin, `create database ${database}`);
  const configuration: Configuration = {
    ...at.configuration,
    database: { kind: "url", url: databaseUrl(admin, database) },
  };
  try {
    return await use({ ...at, database, configuration });
  } finally {
    await statement(admin, `drop database ${database} with (force)`);
  }
}

export function restoreInto(
  empty: AtRest,
  from: string,
  checkpoints: readonly string[] = [],
): Promise<Restored> {
  return restoreInstance(empty.configuration, { from, checkpoints, actor: "an operator", progress: nothing });
}

/** What of the restrictions does not hold, in words. */
export async function notRestricted(instance: Instance, done: BackedUp): Promise<readonly string[]> {
  const { db } = instance;
  const wrong: string[] = [];
  const there = async (what: string, rows: Promise<readonly unknown[]>): Promise<void> => {
    if ((await rows).length > 0) wrong.push(what);
  };
  await there(
    "a folder that is watched",
    db.selectFrom("watch_folder").select("id").where("state", "=", "on").execute(),
  );
  await there("the person", db.selectFrom("person").select("id").where("id", "=", done.erased).execute());
  const templates = await db.selectFrom("template").select("person_id").distinct().execute();
  if (templates.some((row) => row.person_id !== done.rejecting)) wrong.push("a template");
  const given = await db
    .selectFrom("consent_event")
    .distinctOn(["purpose", "channel", "collection_id"])
    .select("event")
    .where("person_id", "=", done.withdrawn)
    .orderBy("purpose")
    .orderBy("channel")
    .orderBy("collection_id")
    .orderBy("sequence", "desc")
    .execute();
  if (given.length === 0 || given.some((row) => row.event !== "withdrawn")) wrong.push("a consent");
  const shown = db
    .selectFrom("rendition_face")
    .select("face_id")
    .where("person_id", "in", [done.erased, done.withdrawn]);
  await there("a face in a rendition", shown.execute());
  const match = await db
    .selectFrom("match")
    .select("state")
    .where("face_id", "=", done.rejectedFace)
    .where("person_id", "=", done.rejecting)
    .executeTakeFirst();
  if (match?.state !== "rejected") wrong.push("a rejected face");
  await there("a device", db.selectFrom("device").select("id").where("id", "=", done.device).execute());
  const objections = await db.selectFrom("objection").select(["person_id", "face_id"]).execute();
  if (objections.map((row) => row.face_id ?? row.person_id).join() !== done.objectedFace)
    wrong.push("an objection");
  await there("a member of staff", rowsOf(sql`select id from auth."user" where name = 'Eve Left'`, db));
  await there("a passkey of staff", rowsOf(sql`select id from auth.passkey`, db));
  await there("a password of staff", rowsOf(sql`select id from auth.account where password is not null`, db));
  const keys = db.selectFrom("api_key").select("id").where("revoked_at", "is", null);
  await there("an API key", keys.execute());
  await there("a session of staff", rowsOf(sql`select id from auth.session`, db));
  await there("a role of staff", rowsOf(sql`select id from auth."user" where role = 'officer'`, db));
  await there("a role in a collection", db.selectFrom("staff_role").selectAll().execute());
  const owner = await rowsOf(sql`select id from auth."user" where role = 'owner'`, db);
  if (owner.length !== 1) wrong.push("not the owner");
  await signInByLink(instance, { secret: done.link }).then(
    () => wrong.push("a personal link"),
    () => undefined,
  );
  const open = db
    .selectFrom("invitation")
    .select("id")
    .where("id", "=", done.invitation)
    .where("revoked_at", "is", null);
  await there("an invitation", open.execute());
  return wrong;
}

async function rowsOf(query: RawBuilder<unknown>, db: Instance["db"]): Promise<readonly unknown[]> {
  return (await query.execute(db)).rows;
}
