import type { Words } from "../language.tsx";
import { fr, type Key } from "../words/fr.ts";

/** What `PURPOSE` or `publish:CHANNEL` means, in the reader's language. */
export function useOf(t: Words["t"], purpose: string): string {
  if (purpose === "publish:companions") return t("purpose.companions");
  if (purpose.startsWith("publish:"))
    return t("purpose.publish", { channel: purpose.slice("publish:".length) });
  const key = `purpose.${purpose}`;
  return key in fr ? t(key as Key) : purpose;
}
