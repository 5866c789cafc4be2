import type { Instance } from "../../src/app/index.ts";
import { createCollection, join, publish, type Joined, type Published } from "../../src/flows/index.ts";
import { selfieOf } from "./faces.ts";

/** The commands of the journeys with what they have in common filled in. */

export const nothing = (): void => undefined;

export function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

export function makeCollection(
  instance: Instance,
  name: string,
  options: { matching?: "off" | "enrolled"; matchOnly?: string; channels?: readonly string[] } = {},
): Promise<{ readonly id: string; readonly name: string }> {
  return createCollection(instance, {
    name,
    purpose: "the pictures of a made-up festival",
    matching: options.matching ?? "enrolled",
    matchOnly: options.matchOnly,
    channels: options.channels ?? ["website", "press"],
    retainUntil: inDays(300),
    joinUntil: undefined,
    attestation: "composed for tests",
    attestedBy: "a tester",
  });
}

export function joinAs(
  instance: Instance,
  collection: string,
  consents: readonly string[],
  options: {
    face?: string;
    selfies?: readonly string[];
    name?: string;
    email?: string;
    staff?: string;
    person?: string;
  } = {},
): Promise<Joined> {
  return join(instance, {
    collection,
    selfies: options.selfies ?? (options.face === undefined ? [] : [selfieOf(options.face)]),
    consents,
    name: options.name,
    email: options.email,
    person: options.person,
    until: undefined,
    language: "fr",
    given: "desk",
    staff: options.staff ?? "the desk",
    secondStaff: undefined,
    progress: nothing,
  });
}

export function publishTo(
  instance: Instance,
  collection: string,
  channel: string,
  out: string,
  reveal: "confirmed" | "matched" = "matched",
): Promise<Published> {
  return publish(instance, {
    collection,
    channel,
    out,
    reveal,
    reviewedBy: "a reviewer",
    actor: "a tester",
    progress: nothing,
  });
}
