import { parse } from "csv-parse/sync";
import { AssentError, type Id } from "../core/index.ts";
import type { Language } from "../db/index.ts";
import { collectionById } from "../photos/index.ts";
import type { Parts } from "./instance.ts";
import { invite } from "./invite.ts";
import { unanswered } from "./outbox.ts";

/** Guests of one list: a school year's, and as many letters as a club's mail server takes in an hour. */
const MOST_GUESTS = 1_000;

/** A line of a list: somebody to invite, or, with `child`, the guardian of that child. */
export interface Guest {
  /** As the file counts its lines, from 1. */
  readonly line: number;
  /** null: no address, a card is printed. */
  readonly email: string | null;
  /** Printed on the card; the invitation itself names nobody. */
  readonly name: string | null;
  readonly child: string | null;
  /** null: as the whole list. */
  readonly language: Language | null;
}

export type GuestFault =
  "bad-email" | "bad-language" | "too-long" | "nobody" | "twice" | "two-guardians" | "too-many";

export interface ReadGuests {
  readonly guests: readonly Guest[];
  readonly faults: readonly { readonly line: number; readonly fault: GuestFault }[];
}

/** How the columns may be called, in either language. */
const COLUMNS: Readonly<Record<"email" | "name" | "child" | "language", readonly string[]>> = {
  email: ["email", "e-mail", "mail", "courriel", "adresse", "address"],
  name: ["name", "nom"],
  child: ["child", "enfant", "eleve", "pupil"],
  language: ["language", "langue"],
};
const EMAIL = /^[^\s@]+@[^\s@]+$/;
const LONGEST = { email: 254, name: 200 } as const;

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

/**
 * Reads a list as a spreadsheet writes it: a first line that names the columns, commas, semicolons or tabs. A line with a
 * fault is named and left out, the others are read. Errors: `bad-input` for what is no table, or has no column of people.
 */
function readGuests(csv: string, guardians: number): ReadGuests {
  let records: readonly {
    readonly record: Readonly<Record<string, string>>;
    readonly info: { readonly lines: number };
  }[];
  try {
    records = parse(csv, {
      bom: true,
      columns: (header: readonly string[]) => header.map(columnOf),
      delimiter: [",", ";", "\t"],
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    }) as unknown as typeof records;
  } catch (error) {
    throw new AssentError("bad-input", "this is no table that can be read", {
      remedy: "Save the list as CSV in UTF-8, with the names of the columns in its first line.",
      cause: error,
    });
  }
  const known = Object.keys(records[0]?.record ?? {});
  if (!known.some((column) => column === "email" || column === "name" || column === "child")) {
    throw new AssentError("bad-input", "the list has no column of people", {
      remedy: "Its first line names the columns: email, and where they are needed name, child, language.",
    });
  }
  const guests: Guest[] = [];
  const faults: { line: number; fault: GuestFault }[] = [];
  const seen = new Set<string>();
  for (const { record, info } of records) {
    const guest = guestOf(record, info.lines);
    const fault = faultOf(record, guest, guardians) ?? again(seen, guest);
    if (fault !== undefined) faults.push({ line: guest.line, fault });
    else if (guests.length >= MOST_GUESTS) faults.push({ line: guest.line, fault: "too-many" });
    else guests.push(guest);
  }
  return { guests, faults };
}

function columnOf(header: string): string {
  const called = plain(header);
  return Object.entries(COLUMNS).find(([, names]) => names.includes(called))?.[0] ?? `other: ${header}`;
}

function guestOf(record: Readonly<Record<string, string>>, line: number): Guest {
  const field = (name: string): string | null => record[name]?.normalize("NFC") || null;
  const language = plain(field("language") ?? "").slice(0, 2);
  return {
    line,
    email: field("email"),
    name: field("name"),
    child: field("child"),
    language: language === "fr" || language === "en" ? language : null,
  };
}

function faultOf(
  record: Readonly<Record<string, string>>,
  { email, name, child, language }: Guest,
  guardians: number,
): GuestFault | undefined {
  if (email === null && name === null && child === null) return "nobody";
  if (email !== null && !EMAIL.test(email)) return "bad-email";
  if ((email ?? "").length > LONGEST.email) return "too-long";
  if ([name, child].some((one) => (one ?? "").length > LONGEST.name)) return "too-long";
  if ((record["language"] ?? "") !== "" && language === null) return "bad-language";
  // Two guardians are two invitations, which one letter cannot carry.
  if (child !== null && email !== null && guardians > 1) return "two-guardians";
  return undefined;
}

function again(seen: Set<string>, { email, child }: Guest): GuestFault | undefined {
  if (email === null) return undefined;
  const who = sameGuest(email, child);
  if (seen.has(who)) return "twice";
  seen.add(who);
  return undefined;
}

function sameGuest(email: string, child: string | null): string {
  return `${email.toLowerCase()} ${plain(child ?? "")}`;
}

/** A list as it would be invited. Nothing is kept of it. Errors: `not-found`, and those of `readGuests`. */
export async function previewGuests(
  parts: Pick<Parts, "db">,
  order: { readonly collection: Id; readonly csv: string },
): Promise<ReadGuests> {
  const { guardians } = await collectionById(parts.db, order.collection);
  return readGuests(order.csv, guardians);
}

export interface InvitedGuests {
  readonly invited: number;
  /** Who has an invitation of this collection already that waits, or waits for their answer. */
  readonly known: number;
  /** Without an address: cards are printed for them. */
  readonly cards: number;
}

/**
 * Invites everybody on a list who has an address, each by a letter of their own in the outbox; who has one that waits gets no
 * second. Killed anywhere, the same list sent again invites the rest. Errors: those of `previewGuests` and `invite`.
 */
export async function inviteGuests(
  parts: Parts,
  order: {
    readonly collection: Id;
    readonly csv: string;
    readonly language: Language;
    readonly reminders: number;
    readonly actor: string;
  },
): Promise<InvitedGuests> {
  const { guests } = await previewGuests(parts, order);
  const waiting = new Set(
    (await unanswered(parts, order.collection)).map((letter) => sameGuest(letter.to, letter.child)),
  );
  let invited = 0;
  let known = 0;
  for (const { email, child, language } of guests) {
    if (email === null) continue;
    if (waiting.has(sameGuest(email, child))) {
      known++;
      continue;
    }
    const { collection, reminders, actor } = order;
    const addressee = { email, language: language ?? order.language, reminders };
    await invite(parts, {
      collection,
      kind: child === null ? "single" : "guardian",
      ...(child === null ? {} : { child }),
      addressee,
      actor,
    });
    invited++;
  }
  return { invited, known, cards: guests.filter((guest) => guest.email === null).length };
}
