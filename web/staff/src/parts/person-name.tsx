import type { NamedPerson } from "../../../../src/http/contract/staff-matters.ts";
import type { Words } from "../language.tsx";

/** A name, or the short label of somebody who gave none. */
export function nameOf(t: Words["t"], person: Pick<NamedPerson, "name" | "label">): string {
  return person.name ?? t("person.nameless", { label: person.label });
}
