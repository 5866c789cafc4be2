import { resolve } from "node:path";
import type { SecondFactorRule, SingleSignOn } from "../accounts/index.ts";
import { AssentError, isPrivateWay } from "../core/index.ts";
import { TWO_PERSON_ACTS, type TwoPersonRule } from "../rights/index.ts";

export interface SingleSignOnSettings extends Omit<SingleSignOn, "clientSecret"> {
  readonly clientSecret:
    { readonly kind: "value"; readonly value: string } | { readonly kind: "file"; readonly path: string };
}

export function readTwoPersons(text: string | undefined): TwoPersonRule {
  if (!text) return new Set(["purge"]);
  if (text === "none") return new Set();
  const named = text.split(",").map((one) => one.trim());
  const acts = TWO_PERSON_ACTS.filter((one) => named.includes(one));
  if (acts.length === named.length) return new Set(acts);
  throw new AssentError("bad-input", "ASSENT_TWO_PERSONS names what is not known", {
    remedy: `Give none, or of ${TWO_PERSON_ACTS.join(", ")} those that take two persons.`,
  });
}

export function readSecondFactor(text: string | undefined): SecondFactorRule {
  if (!text || text === "optional") return "optional";
  if (text === "required") return text;
  throw new AssentError("bad-input", "ASSENT_SECOND_FACTOR is neither optional nor required", {
    remedy: "Set it to one of them, or unset it.",
  });
}

export function readSingleSignOn(environment: NodeJS.ProcessEnv): SingleSignOnSettings | undefined {
  const issuer = environment["ASSENT_OIDC_ISSUER"];
  const clientId = environment["ASSENT_OIDC_CLIENT_ID"];
  const value = environment["ASSENT_OIDC_CLIENT_SECRET"];
  const file = environment["ASSENT_OIDC_CLIENT_SECRET_FILE"];
  const only = environment["ASSENT_OIDC_ONLY"];
  if (only && only !== "true" && only !== "false") {
    throw new AssentError("bad-input", "ASSENT_OIDC_ONLY is neither true nor false", {
      remedy: "Set it to true to switch passwords off, or unset it.",
    });
  }
  if (!issuer && !clientId && !value && !file) {
    if (only !== "true") return undefined;
    throw new AssentError("bad-input", "ASSENT_OIDC_ONLY is set without ASSENT_OIDC_ISSUER", {
      remedy: "Passwords are switched off only where there is another way in.",
    });
  }
  if (!issuer || !clientId || Boolean(value) === Boolean(file)) {
    throw new AssentError("bad-input", "ASSENT_OIDC_ISSUER is not set together with its client", {
      remedy:
        "Set ASSENT_OIDC_ISSUER, ASSENT_OIDC_CLIENT_ID, and one of ASSENT_OIDC_CLIENT_SECRET and ASSENT_OIDC_CLIENT_SECRET_FILE.",
    });
  }
  if (!URL.canParse(issuer) || !isPrivateWay(new URL(issuer))) {
    throw new AssentError("bad-input", "ASSENT_OIDC_ISSUER is no https address", {
      remedy: "Give it as the provider writes it: https://login.example.org/realms/staff",
    });
  }
  return {
    issuer,
    clientId,
    clientSecret: value ? { kind: "value", value } : { kind: "file", path: resolve(file ?? "") },
    name: environment["ASSENT_OIDC_NAME"] || new URL(issuer).hostname,
    only: only === "true",
  };
}
