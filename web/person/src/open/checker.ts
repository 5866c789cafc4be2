// @ts-expect-error: a program for itself, without types.
import { check as checkUntyped } from "../../../../verify/assent-verify.mjs";

/** What is to be checked, and against what: all of it text. */
interface Given {
  readonly text: string;
  /** A list of keys, as `/.well-known/assent-keys.json` has it. */
  readonly keys?: string;
  /** A consent receipt that somebody kept. */
  readonly earlier?: string;
}

export interface Checked {
  readonly verdict: "valid" | "invalid" | "unknown signer";
  /** Why not, in English; empty where it holds. */
  readonly why: string;
  readonly checks: readonly {
    readonly check: string;
    readonly result: "holds" | "fails" | "open";
    /** In English. */
    readonly says: string;
  }[];
}

/** The stand-alone checker of verify/, in this browser. Throws where its WebCrypto has no Ed25519. */
export const check = checkUntyped as (given: Given) => Promise<Checked>;
