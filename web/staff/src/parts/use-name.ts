import { isKey, type Words } from "../language.tsx";

/** What `PURPOSE` or `publish:CHANNEL` means, in the reader's language. */
export function useOf(t: Words["t"], purpose: string): string {
  if (purpose === "publish:companions") return t("purpose.companions");
  if (purpose.startsWith("publish:"))
    return t("purpose.publish", { channel: purpose.slice("publish:".length) });
  const key = `purpose.${purpose}`;
  return isKey(key) ? t(key) : purpose;
}
