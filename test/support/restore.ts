import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { inject } from "vitest";
import { restoreInstance, type Configuration, type Instance, type Restored } from "../../src/app/index.ts";
import {
  backup,
  createPersonalLink,
  erase,
  importFolder,
  invite,
  rejectMatch,
  revokeInvitation,
  signInByLink,
  signOutDevice,
  withdraw,
} from "../../src/flows/index.ts";
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
  readonly device: string;
  readonly invitation: string;
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

    await backup(instance, { out: file, actor: "an operator", progress: nothing });

    await erase(instance, { person: erased, actor: "the desk" });
    await withdraw(instance, { person: withdrawn, actor: "the desk" });
    await rejectMatch(instance, { person: rejecting, face: rejectedFace, actor: "the desk" });
    await signOutDevice(instance, { person: rejecting, device: device.id });
    await revokeInvitation(instance, { invitation, actor: "the desk" });
    return { file, erased, withdrawn, rejecting, rejectedFace, device: device.id, invitation };
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
  const open = db
    .selectFrom("invitation")
    .select("id")
    .where("id", "=", done.invitation)
    .where("revoked_at", "is", null);
  await there("an invitation", open.execute());
  return wrong;
}
