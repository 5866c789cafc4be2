import type { FastifyReply, FastifyRequest } from "fastify";
import { AssentError, must } from "../../core/index.ts";
import { personByDevice, touchDevice, type Device } from "../../people/index.ts";
import type { App, HttpContext } from "../context.ts";
import { clearPersonCookie, personCookie } from "../person-cookie.ts";

/**
 * For the routes of a scope: who asks is whoever the device's cookie says. Nobody, an ended device and a made-up cookie are
 * answered alike. Errors: `signed-out`.
 */
export function requirePerson(app: App, { parts }: Pick<HttpContext, "parts">): void {
  app.addHook("onRequest", async (request, reply) => {
    const device = await deviceOf(request, parts);
    if (!device) throw signedOut(request, reply);
    request.device = device;
    await touchDevice(parts.db, device.id, parts.clock);
  });
}

/** Who asks, on a route that also serves those who are signed in nowhere. */
export async function deviceOf(
  request: FastifyRequest,
  parts: Pick<HttpContext["parts"], "db" | "clock">,
): Promise<Device | undefined> {
  const secret = personCookie(request);
  return secret === undefined ? undefined : personByDevice(parts.db, secret, parts.clock);
}

/** The device behind `requirePerson`. */
export function who(request: FastifyRequest): Device {
  return must(request.device, "the device of a request");
}

function signedOut(request: FastifyRequest, reply: FastifyReply): AssentError {
  // A cookie that signs nobody in is of no more use to the browser.
  if (personCookie(request) !== undefined) clearPersonCookie(reply);
  return new AssentError("signed-out", "nobody is signed in on this device", {
    remedy: "Open your personal link, or sign in by passkey or recovery code.",
  });
}
