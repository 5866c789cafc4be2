import { JOBS } from "./jobs.ts";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { id } from "../../person/fake/data.ts";
import { draw, scene } from "../../person/fake/drawing.ts";
import { type Fake, send, sendJpeg, startMock } from "../../person/fake/mock.ts";
import {
  BEGUN,
  COLLECTIONS,
  CONFLICTS,
  DAY_CODE,
  DESK,
  FAILURES,
  GUARDIAN_LINK,
  LOOKED_PHOTOS,
  ME,
  PAGE,
  PARTY,
  PHOTOGRAPHER,
  GALLERIES,
  PUBLISHED,
  REQUESTS,
  SCANNED,
  seedOf,
  shownIn,
} from "./data.ts";
import { GUESTS, LOOKED_UP, LOOKUPS, PEOPLE, UNANSWERED } from "./people.ts";
import {
  KEYS,
  KEY_MADE,
  OWN_SESSIONS,
  RECOVERY_CODES,
  SECOND_FACTOR_BEGUN,
  SECOND_PERSONS,
  STAFF_INVITATION,
  STAFF_INVITED,
  TEAM,
  WEBHOOKS,
  WEBHOOK_DELIVERIES,
  WEBHOOK_MADE,
} from "./team.ts";
import {
  ACCOUNT_WORK,
  CALENDAR,
  CALM,
  CHECKED,
  CHECKING,
  DAMAGED,
  DISCLOSURES,
  EMPTY_CALENDAR,
  ERROR_RATES,
  LOG,
  LOG_STATE,
  NO_CHECK,
  NO_WORK,
  OVERVIEW,
  PAPER,
  REACH_CHOICES,
  REACHED,
  REACHED_NAMES,
  TEXTS,
  WITNESSED,
} from "./officer.ts";
import { FOLDERS, LIBRARIES } from "./folders.ts";
import {
  CLAIMS,
  JOINED,
  LETTER,
  openClaim,
  openFace,
  OUTBOX,
  OUTBOX_BY_HAND,
  STAFF_PHOTOS,
  staffPhoto,
} from "./matters.ts";

/**
 * A MOCK of the server, for looking at the staff's pages: it answers the contract of src/http/contract/staff.ts with
 * made-up data, keeps nothing and lets anybody in. It is not shipped. What the pages do with the real server is shown by
 * src/http/staff/pages.test.ts.
 */
export interface Scenario {
  readonly signedIn: boolean;
  /** Who is signed in. */
  readonly as: "owner" | "photographer";
  readonly setup: "make" | "password" | "gone";
  /** What there is: nothing yet, or the usual. */
  readonly there: "nothing" | "usual";
  /** The trial with sample photos: not installed, to be had, or this collection. */
  readonly trial: "none" | "offered" | "here";
  readonly scan: "finished" | "running" | "stopped" | "failures";
  readonly closed: boolean;
  readonly limit: boolean;
  readonly vouched: "vouched" | "frozen" | "without-template";
  readonly publishing: "none" | "running" | "failed" | "done";
  /** Two guardians have to agree for a child. */
  readonly guardians: 1 | 2;
  /** Whether the operator allows folders of the server to be watched. */
  readonly libraries: boolean;
  /** Whether the instance sends e-mail. */
  readonly mail: boolean;
  /** The account has a second factor, or should have one. */
  readonly code: "none" | "asked" | "needed";
  /** The organisation's own sign-in: none, beside passwords, or in their place. */
  readonly sso: "none" | "beside" | "only";
  /** How a face that is looked at stands, other than usual. */
  readonly face?: "found" | "not-told";
  /** Whether the log was verified, and what came of it. */
  readonly check: "none" | "running" | "holds" | "damaged";
  /** Every question but who asks is answered with this status. */
  readonly trouble: number | null;
}

const USUAL: Scenario = {
  signedIn: true,
  as: "owner",
  setup: "make",
  there: "usual",
  trial: "offered",
  scan: "finished",
  closed: false,
  limit: false,
  vouched: "vouched",
  publishing: "none",
  guardians: 1,
  libraries: true,
  mail: true,
  code: "none",
  sso: "none",
  check: "none",
  trouble: null,
};

/** Serves `dist` and the made-up answers on the loopback address, on a free port or on `port`. */
export async function startStaffFake(dist: string, port = 0): Promise<Fake<Scenario>> {
  return await startMock(dist, USUAL, answer, port);
}

async function answer(
  { method, url }: { readonly method: string; readonly url: URL },
  response: ServerResponse,
  scenario: Scenario,
): Promise<void> {
  const path = url.pathname.replace("/api/staff", "");
  if (path === "/uploads") {
    response.writeHead(201, { location: "/api/staff/uploads/made-up", "tus-resumable": "1.0.0" }).end();
    return;
  }
  // A file that never arrives: the page shows it on its way.
  if (path === "/uploads/made-up") return;
  const photo = /\/photos\/([^/]+)(?:\/(picture|faces\/([^/]+)\/open))?$/.exec(path);
  const face = photo?.[3];
  if (photo?.[1] !== undefined && face !== undefined)
    return send(response, await openFace(photo[1], face, scenario.face));
  if (photo?.[1] !== undefined && photo[2] === undefined) return send(response, staffPhoto(photo[1]));
  if (/^\/claims\/[^/]+\/open$/.test(path)) return send(response, await openClaim());
  const picture = photo?.[1] ?? /\/(?:look|requests)\/([^/]+)(?:\/picture)?$/.exec(path)?.[1];
  if (method === "GET" && picture !== undefined) {
    const asked = REQUESTS.find((one) => one.id === picture)?.photo;
    const seed = seedOf(asked ?? picture);
    const hidden = asked !== undefined || photo !== null;
    const jpeg = await draw(scene(seed), (figure) => !hidden && shownIn(seed, figure), 1200);
    return sendJpeg(response, jpeg);
  }
  send(response, json(`${method} ${path.replace(PARTY, ":id")}`, scenario));
}

/** The answer's body; null for 204, a number for a problem of that status, undefined where there is no such path. */
function json(asked: string, scenario: Scenario): object | number | null | undefined {
  const nothing = scenario.there === "nothing";
  if (asked === "POST /setup/open") {
    return scenario.setup === "gone" ? 404 : { for: scenario.setup, organisation: ME.organisation };
  }
  if (asked === "POST /invitation/open") return scenario.setup === "gone" ? 404 : STAFF_INVITATION;
  if (asked === "GET /ways-in") {
    const { sso } = scenario;
    return {
      password: sso !== "only",
      singleSignOn: sso === "none" ? null : { name: "Harmonie ID" },
      organisation: ME.organisation,
    };
  }
  if (asked === "POST /api/auth/sign-in/email" && scenario.code === "asked")
    return { twoFactorRedirect: true };
  if (!scenario.signedIn) return 401;
  if (asked === "GET /me") {
    const me = scenario.as === "owner" ? ME : PHOTOGRAPHER;
    return { ...me, lacksSecondFactor: scenario.code === "needed" };
  }
  if (scenario.trouble !== null) return scenario.trouble;
  const officers = officer(asked, scenario);
  if (officers !== undefined) return officers;
  switch (asked) {
    case "GET /collections":
      return nothing ? { collections: [] } : COLLECTIONS;
    case "GET /account/address":
      return { email: ME.email, verified: !nothing, mail: scenario.mail };
    case "GET /second-persons":
      return nothing ? { owner: true, waiting: [] } : SECOND_PERSONS;
    case "GET /account/second-factor":
      return nothing ? { on: false, recoveryCodes: 0 } : { on: true, recoveryCodes: 9 };
    case "POST /account/second-factor/begin":
      return SECOND_FACTOR_BEGUN;
    case "POST /account/second-factor/confirm":
      return RECOVERY_CODES;
    case "GET /account/sessions":
      return nothing ? { sessions: OWN_SESSIONS.sessions.slice(0, 1) } : OWN_SESSIONS;
    case "GET /accounts":
      return { ...TEAM, mail: scenario.mail };
    case "GET /keys":
      return nothing ? { keys: [] } : KEYS;
    case "POST /keys":
      return KEY_MADE;
    case "GET /webhooks":
      return nothing ? { webhooks: [], mayAllowPrivate: true } : WEBHOOKS;
    case "POST /webhooks":
      return WEBHOOK_MADE;
    case `GET /webhooks/${WEBHOOKS.webhooks[0]?.id}/deliveries`:
      return WEBHOOK_DELIVERIES;
    case "POST /accounts/invitations":
      return STAFF_INVITED;
    case "GET /trial":
      return {
        pictures: scenario.trial === "none" ? 0 : 6,
        collection: scenario.trial === "here" ? PARTY : null,
      };
    case "GET /collections/:id":
      return collection(scenario);
    case "GET /collections/:id/scan":
      return scanState(scenario);
    case "GET /collections/:id/folders":
      return nothing ? { libraries: scenario.libraries ? LIBRARIES : [], folders: [] } : FOLDERS;
    case "GET /collections/:id/day-code":
      return DAY_CODE;
    case "POST /collections/:id/guardian-invitation":
      return {
        links: [GUARDIAN_LINK.link, `${GUARDIAN_LINK.link}-too`].slice(0, scenario.guardians),
        expiresAt: GUARDIAN_LINK.expiresAt,
      };
    case "GET /collections/:id/desk":
      return {
        ...DESK,
        today: scenario.limit ? DESK.limit : DESK.today,
        provisional: nothing ? [] : DESK.provisional,
      };
    case "POST /collections/:id/people":
      return {
        person: id(6, 9),
        state: scenario.vouched,
        matched: 12,
        asked: 2,
        link: GUARDIAN_LINK.link,
      };
    case "POST /collections/:id/look":
      return nothing ? { ...BEGUN, photos: 0, showing: 0, shown: 0, hidden: 0, waiting: 0 } : BEGUN;
    case "GET /collections/:id/look":
      return { photos: LOOKED_PHOTOS, total: LOOKED_PHOTOS.length };
    case "GET /collections/:id/publications":
      return {
        running:
          scenario.publishing === "running" ? { channel: "site de l’harmonie", done: 112, total: 280 } : null,
        failed:
          scenario.publishing === "failed" ? { channel: "site de l’harmonie", code: "review-needed" } : null,
        publications: scenario.publishing === "done" ? PUBLISHED : [],
      };
    case "GET /collections/:id/galleries":
      return { galleries: scenario.publishing === "done" ? GALLERIES : [] };
    case "GET /collections/:id/photos":
      return nothing ? { photos: [], next: null } : STAFF_PHOTOS;
    case "POST /collections/:id/joined":
      return nothing ? { people: [], more: false } : JOINED;
    case "POST /collections/:id/people/list":
      return nothing ? { ...PEOPLE, people: [], total: 0, ending: 0 } : PEOPLE;
    case "GET /collections/:id/unanswered":
      return nothing ? { ...UNANSWERED, letters: [] } : { ...UNANSWERED, mail: scenario.mail };
    case "POST /collections/:id/guests/preview":
      return GUESTS;
    case "POST /collections/:id/guests":
      return { invited: 2, known: 0, cards: 1 };
    case "GET /look-up":
      return LOOKUPS;
    case "POST /look-up":
      return LOOKED_UP;
    case "GET /claims":
      return { claims: nothing ? [] : CLAIMS };
    case "GET /jobs":
      return nothing ? { jobs: [], next: null, workers: 0 } : JOBS;
    case "GET /outbox":
      return nothing ? { mail: false, letters: [] } : scenario.mail ? OUTBOX : OUTBOX_BY_HAND;
    case `GET /outbox/${LETTER.letter}`:
      return LETTER;
    case "GET /conflicts":
      return { conflicts: nothing ? [] : CONFLICTS };
    case `POST /conflicts/${CONFLICTS[0]?.enrolment}/open`:
      return { name: "Lou", earlierName: "Alix" };
    case "POST /collections/:id/invitations":
      return { letter: LETTER.letter, state: "waiting", failure: null };
    case "GET /requests":
      return { requests: nothing ? [] : REQUESTS };
    case "GET /api/auth/passkey/list-user-passkeys":
      return nothing ? [] : [{ id: "one", name: "Portable du bureau", createdAt: "2026-05-02T09:00:00Z" }];
  }
  return undefined;
}

/** The data-protection officer's pages. */
function officer(asked: string, { there, check }: Scenario): object | undefined {
  const nothing = there === "nothing";
  switch (asked) {
    case "GET /officer":
      return nothing ? CALM : OVERVIEW;
    case "GET /officer/log":
      return nothing ? { entries: [], next: null } : LOG;
    case "GET /officer/log/state":
      return nothing ? { ...LOG_STATE, waiting: 0, witnessed: WITNESSED } : LOG_STATE;
    case "GET /officer/log/check":
    case "POST /officer/log/check":
      return { none: NO_CHECK, running: CHECKING, holds: CHECKED, damaged: DAMAGED }[check];
    case "GET /officer/accounts":
      return nothing ? NO_WORK : ACCOUNT_WORK;
    case "GET /officer/reach/choices":
      return REACH_CHOICES;
    case "GET /officer/reach":
      return nothing ? { opens: "join", photos: 0, people: [] } : REACHED;
    case "POST /officer/reach/names":
      return REACHED_NAMES;
    case "GET /officer/papers/record/page":
      return PAPER;
    case "GET /officer/calendar":
      return nothing ? EMPTY_CALENDAR : CALENDAR;
    case "GET /officer/error-rates":
      return nothing ? { evaluations: [] } : ERROR_RATES;
    case "GET /officer/texts":
      return nothing ? { texts: [] } : TEXTS;
    case "GET /officer/disclosures":
      return nothing ? { disclosures: [], next: null } : DISCLOSURES;
  }
  return undefined;
}

const UNSCANNED = 1200;

function collection(scenario: Scenario): object {
  if (scenario.as === "photographer") return { ...PAGE, may: PHOTOGRAPHER.somewhere };
  if (scenario.there === "usual") {
    return scenario.closed
      ? { ...PAGE, joinable: false, requests: 0, conflicts: 0, claims: 0, provisional: 0 }
      : { ...PAGE, waiting: ["running", "stopped"].includes(scenario.scan) ? UNSCANNED : 0 };
  }
  return { ...PAGE, photos: 0, faces: 0, people: 0, requests: 0, conflicts: 0, claims: 0, provisional: 0 };
}

function scanState({ there, scan }: Scenario): object {
  if (there === "nothing") return { ...SCANNED, photos: 0, faces: 0 };
  switch (scan) {
    case "finished":
      return SCANNED;
    case "running":
      return { ...SCANNED, waiting: UNSCANNED, running: true };
    case "stopped":
      return { ...SCANNED, waiting: UNSCANNED, stopped: "worker-failed" };
    case "failures":
      return { ...SCANNED, failures: FAILURES };
  }
}

if (import.meta.main) {
  const { url } = await startStaffFake(join(import.meta.dirname, "../../dist"), 4174);
  console.log(`The staff's pages with made-up data: ${url}/staff`);
}
