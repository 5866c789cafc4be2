import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type AuthenticatorTransport,
  type RegistrationResponseJSON,
} from "@simplewebauthn/server";
import { AssentError, type Id } from "../../core/index.ts";
import { addPasskey, signInByPasskey } from "../../flows/index.ts";
import { passkeyByCredential, passkeysOf } from "../../people/index.ts";
import type { App, HttpContext } from "../context.ts";
import { Passthrough } from "../contract/person.ts";
import { setPersonCookie } from "../person-cookie.ts";
import { PROBLEMS } from "../problem.ts";
import { DONE, done } from "./joining-routes.ts";
import { who } from "./session.ts";

/** People read, find their phone and their finger; then a challenge is worth nothing. */
const LIFE_MS = 5 * 60_000;
/** Open challenges kept; the oldest goes first. Beginning one needs nobody signed in. */
const MOST_OPEN = 10_000;

/** Challenges that were given out, each good once. `device` is whose it is, null for signing in. */
export class OpenPasskeyChallenges {
  readonly #open = new Map<string, { readonly device: Id | null; readonly until: number }>();

  add(challenge: string, device: Id | null): void {
    const now = performance.now();
    for (const [old, { until }] of this.#open) {
      if (until > now && this.#open.size < MOST_OPEN) break;
      this.#open.delete(old);
    }
    this.#open.set(challenge, { device, until: now + LIFE_MS });
  }

  /** Uses it up, whether or not it was good. */
  take(challenge: string, device: Id | null): boolean {
    const found = this.#open.get(challenge);
    this.#open.delete(challenge);
    return found !== undefined && found.device === device && found.until > performance.now();
  }
}

const OPTIONS = {
  config: { open: "webauthn", limit: "secret" },
  schema: { response: { "2xx": Passthrough, ...PROBLEMS } },
} as const;
const ANSWER = {
  config: { open: "webauthn", limit: "secret" },
  schema: { body: Passthrough, response: DONE },
} as const;

/** For somebody signed in: this device's passkey. */
export function passkeyRoutes(
  app: App,
  { parts, publicUrl, organisation }: HttpContext,
  open: OpenPasskeyChallenges,
): void {
  app.post("/passkey/register/start", OPTIONS, async (request) => {
    const { id, person } = who(request);
    const known = await passkeysOf(parts.db, person);
    const options = await generateRegistrationOptions({
      rpName: organisation,
      rpID: publicUrl.hostname,
      // Shown by the device beside the organisation's name; it goes wherever the device keeps its passkeys.
      userName: new Date().toISOString().slice(0, 10),
      userDisplayName: organisation,
      timeout: LIFE_MS,
      attestationType: "none",
      excludeCredentials: known.map((one) => ({ id: one.credentialId })),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
    });
    open.add(options.challenge, id);
    return { ...options };
  });

  app.post("/passkey/register/finish", ANSWER, async (request, reply) => {
    const { id, person, guardian } = who(request);
    const checked = await verifyRegistrationResponse({
      response: request.body as unknown as RegistrationResponseJSON,
      expectedChallenge: (challenge) => open.take(challenge, id),
      expectedOrigin: publicUrl.origin,
      expectedRPID: publicUrl.hostname,
      requireUserVerification: true,
    }).catch(notVerified);
    if (!checked?.verified) throw noPasskey();
    const { credential } = checked.registrationInfo;
    await addPasskey(parts, {
      person,
      guardian,
      credentialId: credential.id,
      publicKey: credential.publicKey,
      counter: credential.counter,
      transports: credential.transports ?? [],
    });
    return done(reply);
  });
}

/** For those whom the device's passkey knows, and no cookie. Unknown and wrong passkeys are answered alike. */
export function passkeySignInRoutes(
  app: App,
  { parts, publicUrl }: HttpContext,
  open: OpenPasskeyChallenges,
): void {
  app.post("/passkey/sign-in/start", OPTIONS, async () => {
    const options = await generateAuthenticationOptions({
      rpID: publicUrl.hostname,
      timeout: LIFE_MS,
      userVerification: "required",
    });
    open.add(options.challenge, null);
    return { ...options };
  });

  app.post("/passkey/sign-in/finish", ANSWER, async (request, reply) => {
    const response = request.body as unknown as AuthenticationResponseJSON;
    const known =
      typeof response.id === "string" ? await passkeyByCredential(parts.db, response.id) : undefined;
    if (!known) throw noPasskey();
    const checked = await verifyAuthenticationResponse({
      response,
      expectedChallenge: (challenge) => open.take(challenge, null),
      expectedOrigin: publicUrl.origin,
      expectedRPID: publicUrl.hostname,
      credential: {
        id: known.credentialId,
        publicKey: new Uint8Array(known.publicKey),
        counter: known.counter,
        transports: [...known.transports] as AuthenticatorTransport[],
      },
      requireUserVerification: true,
    }).catch(notVerified);
    if (!checked?.verified) throw noPasskey();
    const { device } = await signInByPasskey(parts, {
      credentialId: known.credentialId,
      counter: checked.authenticationInfo.newCounter,
    });
    setPersonCookie(reply, device.secret);
    return done(reply);
  });
}

/** The library throws plain errors for whatever is wrong with an answer. */
function notVerified(): undefined {
  return undefined;
}

function noPasskey(): AssentError {
  return new AssentError("refused", "this passkey is not known here, or its answer is not good", {
    remedy: "Begin anew; or use your recovery code.",
  });
}
