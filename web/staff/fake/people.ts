import type { Guests, Unanswered } from "../../../src/http/contract/staff-guests.ts";
import type { LookedUp, Lookups } from "../../../src/http/contract/staff-look-up.ts";
import type { ConsentStanding, People } from "../../../src/http/contract/staff-people.ts";
import { id } from "../../person/fake/data.ts";
import { boxOf, scene } from "../../person/fake/drawing.ts";

/** Made-up answers about who joined and what they agreed to. */
const WHEN = "2026-06-20T14:05:00Z";
const USES = ["find-me", "show-name", "publish:companions", "publish:site de l’harmonie", "contact"];
const STATES: readonly ConsentStanding[] = ["yes", "no", "ending", "unanswered", "waiting", "ended"];
const NAMES = ["Alix Moreau", "Charlie", "Dominique Le Goff-Marchand", "Lou", "Sacha Petit", null];

export const PEOPLE: People = {
  uses: USES,
  people: NAMES.map((name, n) => ({
    person: id(6, n + 1),
    name,
    label: `A${n} 7F2`,
    at: WHEN,
    cells: USES.map((_, use) => {
      const state = STATES[(n * 2 + use) % STATES.length] ?? "yes";
      const said = state === "unanswered" ? null : WHEN;
      const holds = state === "yes" || state === "ending";
      return { state, since: said, until: holds ? "2026-07-12T00:00:00Z" : null };
    }),
  })),
  total: 128,
  ending: 3,
  endingDays: 30,
  page: 50,
};

export const GUESTS: Guests = {
  guests: [
    { line: 2, email: "alix@example.org", name: "Alix Moreau", child: null, language: null },
    { line: 3, email: "parents-de-lou@example.org", name: null, child: "Lou", language: "fr" },
    { line: 6, email: null, name: "Dominique", child: null, language: null },
  ],
  faults: [
    { line: 4, fault: "bad-email" },
    { line: 5, fault: "twice" },
  ],
};

export const UNANSWERED: Unanswered = {
  mail: true,
  letters: [
    {
      letter: id(9, 31),
      to: "charlie@example.org",
      child: null,
      sentAt: WHEN,
      nextTry: "2026-06-27T14:05:00Z",
      reminders: 2,
    },
    {
      letter: id(9, 32),
      to: "parents-de-sacha@example.org",
      child: "Sacha",
      sentAt: null,
      nextTry: WHEN,
      reminders: 3,
    },
  ],
};

export const LOOKUPS: Lookups = { hour: 3, day: 12, mostAnHour: 60, mostADay: 300, everywhere: true };

export const LOOKED_UP: LookedUp = {
  faces: scene(3)
    .figures.slice(0, 2)
    .map((figure, n) => {
      const [x, y, w, h] = boxOf(figure);
      return {
        box: [x, y, w, h],
        person: n === 0 ? { person: id(6, 1), name: "Alix Moreau", label: "A1 7F2", photos: 12 } : null,
      };
    }),
};
