import { readsAsKey } from "../audit/index.ts";
import { AssentError } from "../core/index.ts";
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from "./auth.ts";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$|^[^\s@]+@localhost$/;

/** As it is kept, in small letters. Errors: `bad-input`. */
export function checkedEmail(written: string): string {
  const email = written.trim().toLowerCase();
  if (email.length > 254 || !EMAIL.test(email)) {
    throw new AssentError("bad-input", "this is no e-mail address", {
      remedy: "Write it as name@example.org.",
    });
  }
  return email;
}

/** Errors: `bad-input`. */
export function checkedPassword(password = ""): string {
  if (password.length >= SHORTEST_PASSWORD && password.length <= LONGEST_PASSWORD) return password;
  throw new AssentError(
    "bad-input",
    `a password has ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters`,
    { remedy: "A few words in a row are easy to remember and hard to guess." },
  );
}

export function checkedNameAndEmail(order: { readonly name: string; readonly email: string }): {
  readonly name: string;
  readonly email: string;
} {
  const name = order.name.trim();
  if (name === "" || name.length > 200 || /[\p{Cc}]/u.test(name)) {
    throw new AssentError("bad-input", "a name has 1 to 200 characters, in one line", {
      remedy: "People whose photos you look at will read it.",
    });
  }
  if (readsAsKey(name)) {
    throw new AssentError("bad-input", "this name reads as an API key's", {
      remedy: "Leave out what is in brackets.",
    });
  }
  return { name, email: checkedEmail(order.email) };
}
