import type { LightMyRequestResponse } from "fastify";
import { newId, type Id } from "../../core/index.ts";
import type { StaffServer } from "../staff/staff-server.testing.ts";

export interface AskOptions {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as a program makes it: with a key, without the pages' header. */
export function askWith(
  here: StaffServer,
  key: string | null,
): (method: string, path: string, options?: AskOptions) => Promise<LightMyRequestResponse> {
  return (method, path, { body, headers = {} } = {}) =>
    here.server.app.inject({
      method: method as "GET",
      url: path.startsWith("/api/") ? path : `/api/v1${path}`,
      headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
}

/** A key that the owner makes on the page for it. */
export async function makeKey(
  here: StaffServer,
  scopes: readonly string[],
  more: { readonly collection?: string; readonly name?: string } = {},
): Promise<{ readonly id: string; readonly key: string }> {
  const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const body = { name: `Key ${newId()}`, scopes, collection: null, until, ...more };
  const made = await here.ask("POST", "/api/staff/keys", { body });
  return made.json<{ id: string; key: string }>();
}

/** A picture of a photo for the channel `website`, made and not yet out. Returns its id, and what brings it out. */
export async function renditionOf(
  here: StaffServer,
  of: { readonly collection: Id; readonly photo: Id; readonly bytes: Uint8Array },
): Promise<{ readonly id: Id; publish(): Promise<void> }> {
  const { db, blobs, clock } = here.test.instance;
  const id = newId();
  await db
    .insertInto("rendition")
    .values({
      id,
      photo_id: of.photo,
      collection_id: of.collection,
      channel: "website",
      reader_id: null,
      name: id.replaceAll("-", ""),
      state: "current",
      reveal: "confirmed",
      blob: await blobs.put("renditions", of.bytes),
      plan_digest: "x",
      rendered_at: clock.now(),
    })
    .execute();
  return {
    id,
    async publish() {
      const disclosure = newId();
      await db
        .insertInto("disclosure")
        .values({
          id: disclosure,
          collection_id: of.collection,
          channel: "website",
          recipient: "channel",
          reveal: "confirmed",
          pictures: 1,
          state: "complete",
          at: clock.now(),
        })
        .execute();
      await db
        .insertInto("disclosure_rendition")
        .values({ disclosure_id: disclosure, rendition_id: id, plan_digest: null })
        .execute();
    },
  };
}
