/** What stands before the code, so that no other QR code is taken for one. Capitals: QR codes hold them in less room. */
const SCHEME = "ASSENT:CARD:";

/** Crockford's base 32 without I, L, O and U: ten letters are 50 random bits. */
const CODE = /^[0-9A-HJKMNP-TV-Z]{10}$/;

/** The end of a link by which somebody joins or signs in: its secret stands behind `#`. */
const SECRET_LINK = /\/join#[A-Za-z0-9_-]{16,}$/;

/** The text of the QR code that a card shows to the camera. It is public, and good for nothing but to say which card it is. */
export function tagText(code: string): string {
  return `${SCHEME}${code}`;
}

/**
 * What a QR code's text is to us: a card's code; the secret half of a card, or any other link to join, which must not
 * leave in a picture; or nothing of ours.
 */
export function readCodeText(
  text: string,
): { readonly kind: "tag"; readonly code: string } | { readonly kind: "secret" } | null {
  if (SECRET_LINK.test(text)) return { kind: "secret" };
  if (!text.startsWith(SCHEME)) return null;
  const code = text.slice(SCHEME.length);
  return CODE.test(code) ? { kind: "tag", code } : null;
}

/** A code as somebody typed it, or with the text around it as a phone reads it; null where it is none. */
export function typedTagCode(typed: string): string | null {
  const plain = typed.trim().toUpperCase().replace(SCHEME, "").replace(/[\s-]/g, "");
  return CODE.test(plain) ? plain : null;
}
