import { createHash, randomBytes } from "node:crypto";
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from "jose";
import { AssentError } from "../core/index.ts";
import { askProvider } from "./ask-provider.ts";

/** Of the provider, as its operator gave it out. */
export interface OpenIdSettings {
  /** As the provider writes it, to the letter. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where the provider sends browsers back; asked at each use, because a port may be known late. */
  readonly redirectUri: () => string;
}

/** What has to be kept between going there and coming back. */
export interface Journey {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Somebody, as the provider vouches for them. */
export interface Vouched {
  readonly subject: string;
  /** In small letters; verified by the provider. */
  readonly email: string;
}

/** A client of one OpenID provider: authorization code with PKCE (RFC 7636), state and nonce (OpenID Connect Core 1.0, 3.1). */
export interface OpenId {
  /** Where a browser is sent. Errors: `refused` where the provider cannot be asked. */
  begin(): Promise<{ readonly url: string; readonly journey: Journey }>;
  /** Who came back. Errors: `refused` for a code, a token or an address that is not what it should be. */
  finish(
    journey: Journey,
    back: { readonly code: string; readonly iss?: string | undefined },
  ): Promise<Vouched>;
}

interface Provider {
  readonly authorization: URL;
  readonly token: URL;
  readonly userinfo: URL | undefined;
  readonly jwks: URL;
  readonly algorithms: readonly string[];
  readonly basic: boolean;
  readonly saysIssuer: boolean;
}

/** What a provider says of itself is asked again after an hour: keys change. */
const KNOWN_MS = 3_600_000;
const SECRET_BYTES = 32;
/** Keys of the provider's own: none, and none of a shared secret. */
const SIGNED_BY = /^(RS|PS|ES)(256|384|512)$|^Ed(DSA|25519)$/;
/** Clocks of two machines. */
const CLOCKS_APART_S = 60;

export function createOpenId(settings: OpenIdSettings): OpenId {
  let known: { readonly provider: Provider; readonly at: number } | undefined;
  const discover = async (): Promise<Provider> => {
    if (known && Date.now() - known.at < KNOWN_MS) return known.provider;
    const provider = readProvider(await askProvider(wellKnown(settings.issuer)), settings.issuer);
    known = { provider, at: Date.now() };
    return provider;
  };
  return {
    async begin() {
      const { authorization } = await discover();
      const [state = "", nonce = "", verifier = ""] = [0, 0, 0].map(() =>
        randomBytes(SECRET_BYTES).toString("base64url"),
      );
      const url = new URL(authorization);
      for (const [name, value] of Object.entries({
        response_type: "code",
        client_id: settings.clientId,
        redirect_uri: settings.redirectUri(),
        scope: "openid email",
        state,
        nonce,
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
      })) {
        url.searchParams.set(name, value);
      }
      return { url: url.href, journey: { state, nonce, verifier } };
    },
    async finish({ nonce, verifier }, { code, iss }) {
      const provider = await discover();
      // That the answer is this provider's (RFC 9207).
      if (iss === undefined ? provider.saysIssuer : iss !== settings.issuer) throw unfit();
      const { clientId, clientSecret } = settings;
      const asked = new URLSearchParams({
        grant_type: "authorization_code",
        code,
        redirect_uri: settings.redirectUri(),
        code_verifier: verifier,
        ...(provider.basic ? {} : { client_id: clientId, client_secret: clientSecret }),
      });
      const tokens = await askProvider(provider.token, {
        method: "POST",
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          ...(provider.basic ? { authorization: basic(clientId, clientSecret) } : {}),
        },
        body: asked.toString(),
      });
      const claims = await verify(text(tokens["id_token"]), provider, settings, nonce);
      const subject = text(claims.sub);
      const said =
        "email" in claims || !provider.userinfo
          ? claims
          : await askProvider(provider.userinfo, {
              headers: { authorization: `Bearer ${text(tokens["access_token"])}` },
            });
      // Of another person's, it says nothing about this one (3.1.2, 5.3.2).
      if (said["sub"] !== subject) throw unfit();
      if (said["email_verified"] !== true || typeof said["email"] !== "string") {
        throw new AssentError("refused", "the organisation's sign-in does not vouch for an e-mail address", {
          remedy: "Whoever runs it marks the address as verified, and gives out the scope email.",
        });
      }
      return { subject, email: said["email"].trim().toLowerCase() };
    },
  };
}

async function verify(
  token: string,
  { jwks, algorithms }: Provider,
  { issuer, clientId }: OpenIdSettings,
  nonce: string,
): Promise<JWTPayload> {
  const published = await askProvider(jwks);
  let claims: JWTPayload | undefined;
  try {
    const keys = createLocalJWKSet(published as unknown as JSONWebKeySet);
    const checked = await jwtVerify(token, keys, {
      issuer,
      audience: clientId,
      algorithms: [...algorithms],
      clockTolerance: CLOCKS_APART_S,
      requiredClaims: ["sub", "exp", "iat", "nonce"],
    });
    claims = checked.payload;
  } catch {
    // What the provider published is as little fit as a token that it does not bear out.
  }
  if (!claims || claims["nonce"] !== nonce) throw unfit();
  if (Array.isArray(claims.aud) && claims.aud.length > 1 && claims["azp"] !== clientId) throw unfit();
  return claims;
}

function readProvider(said: Readonly<Record<string, unknown>>, issuer: string): Provider {
  // A provider speaks for itself alone (OpenID Connect Discovery 1.0, 4.3).
  if (said["issuer"] !== issuer) throw unfit();
  const listed = (name: string): readonly unknown[] =>
    Array.isArray(said[name]) ? (said[name] as unknown[]) : [];
  const methods = listed("token_endpoint_auth_methods_supported");
  const algorithms = listed("id_token_signing_alg_values_supported").filter(
    (one): one is string => typeof one === "string" && SIGNED_BY.test(one),
  );
  return {
    authorization: address(said["authorization_endpoint"]),
    token: address(said["token_endpoint"]),
    userinfo: said["userinfo_endpoint"] === undefined ? undefined : address(said["userinfo_endpoint"]),
    jwks: address(said["jwks_uri"]),
    algorithms: algorithms.length > 0 ? algorithms : ["RS256"],
    basic: methods.length === 0 || methods.includes("client_secret_basic"),
    saysIssuer: said["authorization_response_iss_parameter_supported"] === true,
  };
}

function wellKnown(issuer: string): URL {
  return new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
}

function address(value: unknown): URL {
  const written = text(value);
  if (!URL.canParse(written)) throw unfit();
  return new URL(written);
}

function text(value: unknown): string {
  if (typeof value !== "string" || value === "") throw unfit();
  return value;
}

/** RFC 6749, 2.3.1: both are encoded as in a form. */
function basic(id: string, secret: string): string {
  const encoded = [id, secret].map((one) => new URLSearchParams({ x: one }).toString().slice(2)).join(":");
  return `Basic ${Buffer.from(encoded).toString("base64")}`;
}

function unfit(): AssentError {
  return new AssentError("refused", "the answer of the organisation's sign-in does not fit what was asked", {
    remedy: "Begin again; where it happens again, whoever runs this instance checks ASSENT_OIDC_ISSUER.",
  });
}
