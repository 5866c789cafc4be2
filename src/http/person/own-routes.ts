import { dataOf, leave, looksOf, meOf, shownOf, switchConsent, takeOver } from "../../flows/index.ts";
import { devicesOf, noticesOf, passkeysOf } from "../../people/index.ts";
import type { App, HttpContext } from "../context.ts";
import { Left, Me, Passthrough, PersonLooks, Shown, SwitchConsent, Switched } from "../contract/person.ts";
import { clearPersonCookie } from "../person-cookie.ts";
import { PROBLEMS } from "../problem.ts";
import type { Challenges } from "./challenge.ts";
import { lookInBackground } from "./challenge-routes.ts";
import { DONE, done } from "./joining-routes.ts";
import { who } from "./session.ts";

/** What a person's own page says of them, and what they can change there. */
export function ownRoutes(app: App, context: HttpContext, challenges: Challenges): void {
  const { parts, organisation, sender, posting } = context;

  app.get("/me", { schema: { response: { "2xx": Me, ...PROBLEMS } } }, async (request) => {
    const device = who(request);
    const [own, devices, passkeys, notices] = await Promise.all([
      meOf(parts, device.person),
      devicesOf(parts.db, device.person),
      passkeysOf(parts.db, device.person),
      noticesOf(parts.db, device.person),
    ]);
    return {
      ...own,
      organisation,
      guardian: device.acting === "guardian",
      collections: own.collections.map((one) => ({ ...one, channels: [...one.channels] })),
      consents: [...own.consents],
      texts: [...own.texts],
      // A child does not read a guardian's address, nor the other way round.
      address: own.address?.guardian === device.guardian ? own.address : null,
      mail: sender !== undefined,
      devices: devices.map((one) => ({
        id: one.id,
        current: one.id === device.id,
        since: one.since.toISOString(),
        lastSeen: one.lastSeen.toISOString(),
        how: one.how,
      })),
      passkeys: passkeys.length,
      passkeyList: passkeys.map((one) => ({
        id: one.id,
        since: one.since.toISOString(),
        lastUsed: one.lastUsed?.toISOString() ?? null,
      })),
      notices: notices.map((one) => ({ ...one, at: one.at.toISOString() })),
    };
  });

  app.put(
    "/consents",
    { schema: { body: SwitchConsent, response: { "2xx": Switched, ...PROBLEMS } } },
    async (request) => {
      const { person, guardian } = who(request);
      const { purpose, on } = request.body;
      if (purpose === "find-me" && !on) challenges.end(person);
      const { search, ...switched } = await switchConsent(parts, person, { ...request.body, guardian });
      if (search !== null) lookInBackground(context, person, search);
      if (purpose === "contact" && on) posting.verify(person);
      return switched;
    },
  );

  app.post("/take-over", { schema: { response: DONE } }, async (request, reply) => {
    const { person, guardian } = who(request);
    challenges.end(person);
    await takeOver(parts, { person, guardian });
    return done(reply);
  });

  app.get("/looks", { schema: { response: { "2xx": PersonLooks, ...PROBLEMS } } }, async (request) => {
    const { looks } = await looksOf(parts, who(request).person);
    return { looks: [...looks] };
  });

  app.get("/shown", { schema: { response: { "2xx": Shown, ...PROBLEMS } } }, async (request) => {
    const { disclosures } = await shownOf(parts, who(request).person);
    return { disclosures: [...disclosures] };
  });

  // Everything that the list of holdings finds about the person, whatever its fields are.
  app.get(
    "/data",
    {
      config: { open: "own-data", limit: "download" },
      schema: { response: { "2xx": Passthrough, ...PROBLEMS } },
    },
    async (request, reply) => {
      const data = await dataOf(parts, who(request).person);
      reply.header("content-disposition", 'attachment; filename="my-data.json"');
      return { ...data };
    },
  );

  app.post("/leave", { schema: { response: { "2xx": Left, ...PROBLEMS } } }, async (request, reply) => {
    const { person } = who(request);
    challenges.end(person);
    const left = await leave(parts, person);
    clearPersonCookie(reply);
    return left;
  });
}
