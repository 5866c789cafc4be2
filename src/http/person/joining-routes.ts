import { Type } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import { AssentError } from "../../core/index.ts";
import {
  joinOnline,
  newRecoveryCodeFor,
  recover,
  removePasskey,
  seeNotices,
  signInByLink,
  signOutDevice,
  welcome,
} from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import {
  Join,
  Joined,
  OpenInvitation,
  Recover,
  RecoveryCode,
  SignInByLink,
  Welcome,
} from "../contract/person.ts";
import { clearPersonCookie, setPersonCookie } from "../person-cookie.ts";
import { PROBLEMS } from "../problem.ts";
import type { Challenges } from "./challenge.ts";
import { deviceOf, who } from "./session.ts";

export const DONE = { "2xx": Type.Null(), ...PROBLEMS } as const;
export const WITH_ID = Type.Object({ id: Type.String({ format: "uuid" }) });

export function done(reply: FastifyReply): FastifyReply {
  return reply.code(204).send(null);
}

/** For those whom no device knows yet: reading an invitation, joining, and signing a device in. */
export function joiningRoutes(
  app: App,
  { parts, organisation, minimumAge, majorityAge, posting }: HttpContext,
): void {
  app.post(
    "/open",
    {
      config: { limit: "open" },
      schema: { body: OpenInvitation, response: { "2xx": Welcome, ...PROBLEMS } },
    },
    async (request) => {
      const [seen, device] = await Promise.all([
        welcome(parts, { invitation: request.body.invitation, organisation, minimumAge, majorityAge }),
        deviceOf(request, parts),
      ]);
      const { joinUntil, retainUntil } = seen.collection;
      return {
        ...seen,
        collection: {
          ...seen.collection,
          channels: [...seen.collection.channels],
          joinUntil: joinUntil.toISOString(),
          retainUntil: retainUntil.toISOString(),
        },
        known: device !== undefined,
        texts: [...seen.texts],
      };
    },
  );

  app.post(
    "/join",
    { config: { limit: "join" }, schema: { body: Join, response: { "2xx": Joined, ...PROBLEMS } } },
    async (request, reply) => {
      const { joinAs, ...order } = request.body;
      const as = joinAs === "me" ? await deviceOf(request, parts) : undefined;
      if (joinAs === "me" && !as) {
        throw new AssentError("signed-out", "nobody is signed in on this device", {
          remedy: "Join as somebody new, or sign in first.",
        });
      }
      const joined = await joinOnline(parts, {
        ...order,
        minimumAge,
        ...(as ? { as: { person: as.person, guardian: as.guardian } } : {}),
      });
      if (joined.device) setPersonCookie(reply, joined.device.secret);
      if ((order.email ?? "").trim() !== "") posting.verify(joined.person);
      const { person, collection, recoveryCode, receipt, findMe, waiting } = joined;
      return { person, collection, recoveryCode, receipt, findMe, waiting };
    },
  );

  app.post(
    "/link",
    { config: { limit: "link" }, schema: { body: SignInByLink, response: DONE } },
    async (request, reply) => {
      const { device } = await signInByLink(parts, { secret: request.body.secret });
      setPersonCookie(reply, device.secret);
      return done(reply);
    },
  );

  app.post(
    "/recover",
    {
      config: { limit: "secret" },
      schema: { body: Recover, response: { "2xx": RecoveryCode, ...PROBLEMS } },
    },
    async (request, reply) => {
      const { device, recoveryCode } = await recover(parts, { code: request.body.code });
      setPersonCookie(reply, device.secret);
      return { recoveryCode };
    },
  );
}

/** For somebody signed in: their devices, codes and notices. */
export function deviceRoutes(
  app: App,
  { parts, challenges }: Pick<HttpContext, "parts"> & { readonly challenges: Challenges },
): void {
  app.post("/sign-out", { schema: { response: DONE } }, async (request, reply) => {
    const { id, person } = who(request);
    challenges.end(person);
    await signOutDevice(parts, { person, device: id });
    clearPersonCookie(reply);
    return done(reply);
  });

  app.delete("/devices/:id", { schema: { params: WITH_ID, response: DONE } }, async (request, reply) => {
    const { id, person } = who(request);
    await signOutDevice(parts, { person, device: request.params.id });
    if (request.params.id === id) clearPersonCookie(reply);
    return done(reply);
  });

  app.delete("/passkeys/:id", { schema: { params: WITH_ID, response: DONE } }, async (request, reply) => {
    await removePasskey(parts, { person: who(request).person, passkey: request.params.id });
    return done(reply);
  });

  app.post(
    "/recovery-code",
    { schema: { response: { "2xx": RecoveryCode, ...PROBLEMS } } },
    async (request) => {
      const { person, guardian } = who(request);
      return { recoveryCode: await newRecoveryCodeFor(parts, { person, guardian }) };
    },
  );

  app.post("/notices/seen", { schema: { response: DONE } }, async (request, reply) => {
    await seeNotices(parts, { person: who(request).person });
    return done(reply);
  });
}
