import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Holds a device's secret. `__Host-` makes the browser insist on Secure, the root path and no domain; Strict, that no
 * other site's link carries it. Over plain http browsers keep it on localhost alone: elsewhere people are signed out with
 * every reload, which the start says.
 */
export const PERSON_COOKIE = "__Host-assent-person";

/** The longest that browsers keep a cookie, 400 days. How long a device stays signed in is the database's to say. */
const COOKIE_SECONDS = 400 * 86_400;

export function setPersonCookie(reply: FastifyReply, secret: string): void {
  reply.setCookie(PERSON_COOKIE, secret, {
    path: "/",
    httpOnly: true,
    secure: true,
    sameSite: "strict",
    maxAge: COOKIE_SECONDS,
  });
}

export function clearPersonCookie(reply: FastifyReply): void {
  reply.clearCookie(PERSON_COOKIE, { path: "/", httpOnly: true, secure: true, sameSite: "strict" });
}

export function personCookie(request: FastifyRequest): string | undefined {
  return request.cookies[PERSON_COOKIE];
}
