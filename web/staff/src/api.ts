import type {
  BegunLook,
  ChangedPictures,
  CollectionLine,
  CollectionPage,
  ConflictOpened,
  Conflicts,
  Desk,
  LookPage,
  NewCollection,
  Publications,
  Requests,
  ScanState,
  StaffMe,
  Vouch,
  Vouched,
  WaysIn,
  GuardianLinks,
} from "../../../src/http/contract/staff.ts";
import type {
  ClaimOpened,
  Claims,
  FaceOpened,
  Joined,
  PhotosFilter,
  RatePhotos,
  StaffPhoto,
  StaffPhotos,
} from "../../../src/http/contract/staff-matters.ts";
import type {
  ApiKeyMade,
  ApiKeys,
  InvitationOpened,
  InviteStaff,
  MakeApiKey,
  SetRole,
  StaffAccounts,
  StaffInvited,
} from "../../../src/http/contract/staff-accounts.ts";
import type {
  ByProof,
  OwnAddress,
  OwnSessions,
  RecoveryCodes,
  SecondFactor,
  SecondFactorBegun,
} from "../../../src/http/contract/staff-own-account.ts";
import type { SecondAsked, SecondPersons } from "../../../src/http/contract/staff-second-persons.ts";
import type { Deletion, StorageUsed } from "../../../src/http/contract/staff-deletion.ts";
import type { FrameOrigins, Galleries, MadeGallery } from "../../../src/http/contract/staff-galleries.ts";
import type { ConsentStanding, People } from "../../../src/http/contract/staff-people.ts";
import type {
  Guests,
  InvitedGuests,
  InviteGuests,
  Unanswered,
} from "../../../src/http/contract/staff-guests.ts";
import type { LookedUp, LookUp, Lookups } from "../../../src/http/contract/staff-look-up.ts";
import type { PhotoScanOrdered, StaffJobs } from "../../../src/http/contract/staff-jobs.ts";
import type { TrialState } from "../../../src/http/contract/staff-trial.ts";
import type {
  AccountWork,
  CalendarPage,
  Disclosures,
  ErrorRates,
  LogCheck,
  LogEntries,
  LogState,
  Overview,
  Texts,
} from "../../../src/http/contract/officer.ts";
import type {
  Reach,
  ReachChoices,
  ReachedNames,
  ReachQuery,
} from "../../../src/http/contract/officer-reach.ts";
import type { PaperPage } from "../../../src/http/contract/officer-papers.ts";
import type {
  InviteByMail,
  InvitedByMail,
  LetterTried,
  OpenedLetter,
  Outbox,
} from "../../../src/http/contract/outbox.ts";
import type { WatchedFolders, WatchFolder } from "../../../src/http/contract/watch-folders.ts";
import type { Problem } from "../../../src/http/contract/problem.ts";
import type {
  MakeWebhook,
  WebhookDeliveries,
  WebhookDelivery,
  WebhookMade,
  Webhooks,
  WebhookSecret,
} from "../../../src/http/contract/webhooks.ts";

/** How a request ends: what anybody asks, or what a person demands. */
export type RequestOutcome = "hidden" | "withheld" | "no-change" | "done" | "refused";

/** What went wrong: no answer (`offline`), or an answer that says why not. */
export class Trouble extends Error {
  readonly code: string;
  readonly problem: Problem | null;
  constructor(code: string, problem: Problem | null) {
    super(code);
    this.code = code;
    this.problem = problem;
  }
}

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (method !== "GET") headers["x-assent"] = "1";
  if (body !== undefined) headers["content-type"] = "application/json";
  let answer: Response;
  try {
    // oxlint-disable-next-line no-restricted-globals -- A page talks to its own server, and the policy lets it to no other.
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Trouble("offline", null);
  }
  if (answer.ok) return answer;
  let problem: Problem | null = null;
  try {
    const read: unknown = await answer.json();
    if (typeof read === "object" && read !== null && "title" in read) problem = read as Problem;
  } catch {
    // A proxy's own page: the status says enough.
  }
  throw new Trouble(problem?.code ?? byStatus(answer.status), problem);
}

/** The accounts' library answers in its own form. */
function byStatus(status: number): string {
  switch (status) {
    case 400:
    case 422:
      return "bad-input";
    case 401:
      return "signed-out";
    case 403:
      return "refused";
    case 404:
      return "not-found";
    case 429:
      return "too-often";
    default:
      return "internal";
  }
}

async function get<T>(path: string): Promise<T> {
  return (await (await ask("GET", path)).json()) as T;
}
async function change<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T> {
  const answer = await ask(method, path, body);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}
async function file(path: string, body: unknown): Promise<Blob> {
  return (await ask("POST", path, body)).blob();
}

const STAFF = "/api/staff";
const OFFICER = `${STAFF}/officer`;
const AUTH = "/api/auth";
type Json = Record<string, unknown>;
export type Reveal = "confirmed" | "matched";
type Channel = { readonly channel: string; readonly reveal: Reveal };

/** What the log is searched for; days as YYYY-MM-DD. */
export type LogSearch = Partial<Readonly<Record<"kind" | "from" | "to" | "actor", string>>>;

export type PaperKind = "record" | "assessment";

export interface KnownPasskey {
  readonly id: string;
  readonly name: string | null;
  readonly createdAt: string;
}

const lookQuery = ({ channel, reveal }: Channel): string =>
  new URLSearchParams({ channel, reveal }).toString();

/** What is asked of the table of people; what is empty is not asked. */
export interface PeopleAsked {
  readonly looking: string;
  readonly state: ConsentStanding | "";
  readonly use: string;
  readonly from: number;
}

const given = (asked: Readonly<Record<string, string>>): string =>
  new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== "")).toString();

const facePath = (id: string, photo: string, face: string): string =>
  `${STAFF}/collections/${id}/photos/${photo}/faces/${face}`;

const byProof = (password: string | undefined): ByProof => (password === undefined ? {} : { password });

export const api = {
  me: () => get<StaffMe>(`${STAFF}/me`),
  openSetup: (secret: string) =>
    change<{ for: "make" | "password"; organisation: string }>("POST", `${STAFF}/setup/open`, { secret }),
  setup: (body: { secret: string; name: string; email: string; password: string }) =>
    change<{ email: string }>("POST", `${STAFF}/setup`, body),
  signIn: (email: string, password: string) =>
    change<{ twoFactorRedirect?: boolean }>("POST", `${AUTH}/sign-in/email`, { email, password }),
  waysIn: () => get<WaysIn>(`${STAFF}/ways-in`),
  singleSignOn: {
    begin: () => change<{ url: string }>("POST", `${AUTH}/single-sign-on/begin`, {}),
    finish: (back: Readonly<Record<string, string>>) =>
      change<Json>("POST", `${AUTH}/single-sign-on/callback`, {
        code: back["code"],
        state: back["state"],
        ...(back["iss"] === undefined ? {} : { iss: back["iss"] }),
      }),
  },
  signOut: () => change<Json>("POST", `${AUTH}/sign-out`, {}),
  changePassword: (currentPassword: string, newPassword: string) =>
    change<Json>("POST", `${AUTH}/change-password`, {
      currentPassword,
      newPassword,
      revokeOtherSessions: true,
    }),
  /** The second half of a sign-in by password. */
  codes: {
    app: (code: string) => change<Json>("POST", `${AUTH}/two-factor/verify-totp`, { code }),
    recovery: (code: string) => change<Json>("POST", `${AUTH}/two-factor/verify-backup-code`, { code }),
  },
  secondPersons: {
    list: () => get<SecondPersons>(`${STAFF}/second-persons`),
    settle: (id: string, outcome: "confirm" | "withdraw") =>
      change<void>("POST", `${STAFF}/second-persons/${id}`, { outcome }),
  },
  secondFactor: {
    standing: () => get<SecondFactor>(`${STAFF}/account/second-factor`),
    begin: (password?: string) =>
      change<SecondFactorBegun>("POST", `${STAFF}/account/second-factor/begin`, byProof(password)),
    confirm: (code: string) =>
      change<RecoveryCodes>("POST", `${STAFF}/account/second-factor/confirm`, { code }),
    renew: (password?: string) =>
      change<RecoveryCodes>("POST", `${STAFF}/account/second-factor/recovery-codes`, byProof(password)),
    end: (password?: string) => change<void>("POST", `${STAFF}/account/second-factor/end`, byProof(password)),
  },
  address: {
    standing: () => get<OwnAddress>(`${STAFF}/account/address`),
    verify: (language: "fr" | "en") => change<void>("POST", `${STAFF}/account/address/verify`, { language }),
    change: (body: { email: string; password?: string; language: "fr" | "en" }) =>
      change<void>("PUT", `${STAFF}/account/address`, body),
    confirm: (secret: string, language: "fr" | "en") =>
      change<void>("POST", `${STAFF}/address`, { secret, language }),
  },
  account: {
    sessions: async () => (await get<OwnSessions>(`${STAFF}/account/sessions`)).sessions,
    endSession: (id: string) => change<void>("DELETE", `${STAFF}/account/sessions/${id}`),
    endOthers: () => change<{ sessions: number }>("POST", `${STAFF}/account/sessions/end-others`),
  },
  passkeys: {
    list: () => get<KnownPasskey[]>(`${AUTH}/passkey/list-user-passkeys`),
    registerStart: () => get<Json>(`${AUTH}/passkey/generate-register-options`),
    registerFinish: (response: unknown, name: string) =>
      change<Json>("POST", `${AUTH}/passkey/verify-registration`, { response, name }),
    signInStart: () => get<Json>(`${AUTH}/passkey/generate-authenticate-options`),
    signInFinish: (response: unknown) =>
      change<Json>("POST", `${AUTH}/passkey/verify-authentication`, { response }),
    rename: (id: string, name: string) =>
      change<Json>("POST", `${AUTH}/passkey/update-passkey`, { id, name }),
    remove: (id: string) => change<Json>("POST", `${AUTH}/passkey/delete-passkey`, { id }),
  },
  team: {
    list: () => get<StaffAccounts>(`${STAFF}/accounts`),
    invite: (grant: InviteStaff) => change<StaffInvited>("POST", `${STAFF}/accounts/invitations`, grant),
    revoke: (id: string) => change<void>("DELETE", `${STAFF}/accounts/invitations/${id}`),
    setRole: (id: string, role: SetRole) =>
      change<SecondAsked | undefined>("PUT", `${STAFF}/accounts/${id}/role`, role),
    removeSecondFactor: (account: string) =>
      change<void>("DELETE", `${STAFF}/accounts/${account}/second-factor`),
    endSessions: (id: string) => change<Json>("POST", `${STAFF}/accounts/${id}/sessions/end`),
    remove: (id: string) => change<void>("DELETE", `${STAFF}/accounts/${id}`),
    open: (secret: string) => change<InvitationOpened>("POST", `${STAFF}/invitation/open`, { secret }),
    join: (body: { secret: string; name: string; email: string; password?: string }) =>
      change<{ email: string }>("POST", `${STAFF}/invitation`, body),
  },
  keys: {
    list: async () => (await get<ApiKeys>(`${STAFF}/keys`)).keys,
    make: (body: MakeApiKey) => change<ApiKeyMade>("POST", `${STAFF}/keys`, body),
    revoke: (id: string) => change<void>("DELETE", `${STAFF}/keys/${id}`),
  },
  webhooks: {
    list: () => get<Webhooks>(`${STAFF}/webhooks`),
    add: (body: MakeWebhook) => change<WebhookMade>("POST", `${STAFF}/webhooks`, body),
    remove: (id: string) => change<void>("DELETE", `${STAFF}/webhooks/${id}`),
    turn: (id: string, on: boolean) => change<void>("PUT", `${STAFF}/webhooks/${id}/state`, { on }),
    rotate: (id: string) => change<WebhookSecret>("POST", `${STAFF}/webhooks/${id}/secret`),
    test: (id: string) => change<WebhookDelivery>("POST", `${STAFF}/webhooks/${id}/test`),
    deliveries: (id: string) => get<WebhookDeliveries>(`${STAFF}/webhooks/${id}/deliveries`),
    sendAgain: (id: string, delivery: string) =>
      change<void>("POST", `${STAFF}/webhooks/${id}/deliveries/${delivery}`),
  },
  officer: {
    overview: () => get<Overview>(OFFICER),
    log: (search: LogSearch, cursor: string | null) =>
      get<LogEntries>(
        `${OFFICER}/log?${new URLSearchParams({ ...search, ...(cursor === null ? {} : { cursor }) }).toString()}`,
      ),
    logState: () => get<LogState>(`${OFFICER}/log/state`),
    logCheck: () => get<LogCheck>(`${OFFICER}/log/check`),
    checkLog: () => change<LogCheck>("POST", `${OFFICER}/log/check`),
    accounts: () => get<AccountWork>(`${OFFICER}/accounts`),
    calendar: () => get<CalendarPage>(`${OFFICER}/calendar`),
    errorRates: async () => (await get<ErrorRates>(`${OFFICER}/error-rates`)).evaluations,
    texts: async () => (await get<Texts>(`${OFFICER}/texts`)).texts,
    reachChoices: () => get<ReachChoices>(`${OFFICER}/reach/choices`),
    reach: (subject: ReachQuery) => get<Reach>(`${OFFICER}/reach?${new URLSearchParams(subject).toString()}`),
    nameReached: (subject: ReachQuery, reason: string) =>
      change<ReachedNames>("POST", `${OFFICER}/reach/names`, { ...subject, reason }),
    paper: (paper: PaperKind, language: "fr" | "en") =>
      get<PaperPage>(`${OFFICER}/papers/${paper}/page?language=${language}`),
    disclosures: (before: string | null) =>
      get<Disclosures>(`${OFFICER}/disclosures${before === null ? "" : `?before=${before}`}`),
  },
  collections: async () => (await get<{ collections: CollectionLine[] }>(`${STAFF}/collections`)).collections,
  makeCollection: (body: NewCollection) => change<{ id: string }>("POST", `${STAFF}/collections`, body),
  collection: (id: string) => get<CollectionPage>(`${STAFF}/collections/${id}`),
  scan: (id: string) => get<ScanState>(`${STAFF}/collections/${id}/scan`),
  startScan: (id: string) => change<ScanState>("POST", `${STAFF}/collections/${id}/scan`),
  dismissFailures: (id: string) => change<void>("DELETE", `${STAFF}/collections/${id}/scan/failures`),
  beginLook: (id: string, body: Channel) =>
    change<BegunLook>("POST", `${STAFF}/collections/${id}/look`, body),
  look: (id: string, channel: Channel, from: number) =>
    get<LookPage>(`${STAFF}/collections/${id}/look?${lookQuery(channel)}&from=${from}`),
  hide: (id: string, photo: string, body: { face: string } | { box: [number, number, number, number] }) =>
    change<void>("POST", `${STAFF}/collections/${id}/photos/${photo}/hide`, body),
  showAgain: (id: string, photo: string, face: string, channel: Channel) =>
    change<void>("POST", `${STAFF}/collections/${id}/photos/${photo}/show-again`, { face, ...channel }),
  publications: (id: string) => get<Publications>(`${STAFF}/collections/${id}/publications`),
  publicationChanges: (publication: string) =>
    get<ChangedPictures>(`${STAFF}/publications/${publication}/changes`),
  publish: (id: string, body: Channel & { looked: boolean; maxEdge?: number; watermark?: string }) =>
    change<Publications>("POST", `${STAFF}/collections/${id}/publications`, body),
  deleteCollection: (id: string, name: string) =>
    change<Deletion>("POST", `${STAFF}/collections/${id}/deletion`, { name }),
  deletePhoto: (id: string, photo: string) =>
    change<Deletion>("POST", `${STAFF}/collections/${id}/photos/${photo}/deletion`, { really: true }),
  storage: (id: string) => get<StorageUsed>(`${STAFF}/collections/${id}/storage`),
  galleries: {
    list: (id: string) => get<Galleries>(`${STAFF}/collections/${id}/galleries`),
    make: (publication: string, body: { days: number; maxEdge: number }) =>
      change<MadeGallery>("POST", `${STAFF}/publications/${publication}/links`, body),
    makePublic: (publication: string, body: { understood: true; maxEdge: number }) =>
      change<MadeGallery>("POST", `${STAFF}/publications/${publication}/public-gallery`, body),
    revoke: (id: string) => change<void>("DELETE", `${STAFF}/galleries/${id}`),
    frames: (id: string, origins: readonly string[]) =>
      change<FrameOrigins>("PUT", `${STAFF}/galleries/${id}/origins`, { origins }),
  },
  folders: {
    list: (id: string) => get<WatchedFolders>(`${STAFF}/collections/${id}/folders`),
    watch: (id: string, body: WatchFolder) =>
      change<{ id: string }>("POST", `${STAFF}/collections/${id}/folders`, body),
    turn: (id: string, folder: string, on: boolean) =>
      change<void>("PUT", `${STAFF}/collections/${id}/folders/${folder}/state`, { on }),
    look: (id: string, folder: string) =>
      change<void>("POST", `${STAFF}/collections/${id}/folders/${folder}/look`),
    stop: (id: string, folder: string) =>
      change<void>("DELETE", `${STAFF}/collections/${id}/folders/${folder}`),
    take: (id: string, folder: string) =>
      change<{ files: number }>("POST", `${STAFF}/collections/${id}/folders/${folder}/waiting`),
    deleteMissing: (id: string, folder: string) =>
      change<Deletion>("POST", `${STAFF}/collections/${id}/folders/${folder}/missing/deletion`, {
        really: true,
      }),
  },
  poster: (id: string, body: { language: string; place: string; days: string[] }) =>
    file(`${STAFF}/collections/${id}/poster`, body),
  cards: (id: string, body: { language: string; count: number; series?: number }) =>
    file(`${STAFF}/collections/${id}/cards`, body),
  dayCode: (id: string) => get<{ day: string; code: string }>(`${STAFF}/collections/${id}/day-code`),
  guardianInvitation: (id: string, child: string) =>
    change<GuardianLinks>("POST", `${STAFF}/collections/${id}/guardian-invitation`, {
      child,
    }),
  inviteByMail: (id: string, body: InviteByMail) =>
    change<InvitedByMail>("POST", `${STAFF}/collections/${id}/invitations`, body),
  jobs: (before: string | null) =>
    get<StaffJobs>(`${STAFF}/jobs${before === null ? "" : `?before=${before}`}`),
  retryJob: (id: string) => change<void>("POST", `${STAFF}/jobs/${id}/retry`),
  cancelJob: (id: string) => change<void>("POST", `${STAFF}/jobs/${id}/cancel`),
  scanPhoto: (id: string, photo: string) =>
    change<PhotoScanOrdered>("POST", `${STAFF}/collections/${id}/photos/${photo}/scan`),
  outbox: () => get<Outbox>(`${STAFF}/outbox`),
  letter: (id: string) => get<OpenedLetter>(`${STAFF}/outbox/${id}`),
  sendLetter: (id: string) => change<LetterTried>("POST", `${STAFF}/outbox/${id}/send`),
  settleLetter: (id: string, outcome: "handed-over" | "cancelled") =>
    change<void>("POST", `${STAFF}/outbox/${id}`, { outcome }),
  desk: (id: string) => get<Desk>(`${STAFF}/collections/${id}/desk`),
  vouch: (id: string, body: Vouch) => change<Vouched>("POST", `${STAFF}/collections/${id}/people`, body),
  promote: (id: string, enrolment: string, body: { picture: string; secondStaff?: string }) =>
    change<Vouched>("POST", `${STAFF}/collections/${id}/provisional/${enrolment}`, body),
  trial: () => get<TrialState>(`${STAFF}/trial`),
  startTrial: (language: "fr" | "en") => change<{ id: string }>("POST", `${STAFF}/trial`, { language }),
  endTrial: () => change<void>("DELETE", `${STAFF}/trial`),
  conflicts: async () => (await get<Conflicts>(`${STAFF}/conflicts`)).conflicts,
  requests: async () => (await get<Requests>(`${STAFF}/requests`)).requests,
  closeRequest: (id: string, outcome: RequestOutcome) =>
    change<void>("POST", `${STAFF}/requests/${id}`, { outcome }),
  openConflict: (enrolment: string) => change<ConflictOpened>("POST", `${STAFF}/conflicts/${enrolment}/open`),
  claims: async () => (await get<Claims>(`${STAFF}/claims`)).claims,
  openClaim: (claim: string, reason: string) =>
    change<ClaimOpened>("POST", `${STAFF}/claims/${claim}/open`, { reason }),
  settleClaim: (claim: string, outcome: "accepted" | "refused") =>
    change<void>("POST", `${STAFF}/claims/${claim}`, { outcome }),
  photos: (id: string, filter: PhotosFilter | "", cursor: string | null) =>
    get<StaffPhotos>(`${STAFF}/collections/${id}/photos?${given({ filter, cursor: cursor ?? "" })}`),
  ratePhotos: (id: string, body: RatePhotos) =>
    change<{ changed: number }>("PUT", `${STAFF}/collections/${id}/ratings`, body),
  neverMatch: (id: string, photo: string, face: string) =>
    change<void>("POST", `${facePath(id, photo, face)}/never-match`),
  takeMarkBack: (id: string, photo: string, face: string) =>
    change<void>("DELETE", `${STAFF}/collections/${id}/photos/${photo}/marks/${face}`),
  photo: (id: string, photo: string) => get<StaffPhoto>(`${STAFF}/collections/${id}/photos/${photo}`),
  openFace: (id: string, photo: string, face: string, reason: string) =>
    change<FaceOpened>("POST", `${facePath(id, photo, face)}/open`, { reason }),
  tagFace: (id: string, photo: string, face: string, person: string) =>
    change<void>("POST", `${facePath(id, photo, face)}/tag`, { person }),
  untagFace: (id: string, photo: string, face: string) =>
    change<void>("DELETE", `${facePath(id, photo, face)}/tag`),
  joined: (id: string, looking: string) =>
    change<Joined>("POST", `${STAFF}/collections/${id}/joined`, { looking }),
  previewGuests: (id: string, csv: string) =>
    change<Guests>("POST", `${STAFF}/collections/${id}/guests/preview`, { csv }),
  inviteGuests: (id: string, body: InviteGuests) =>
    change<InvitedGuests>("POST", `${STAFF}/collections/${id}/guests`, body),
  guestCards: (id: string, body: { csv: string; language: string }) =>
    file(`${STAFF}/collections/${id}/guests/cards`, body),
  unanswered: (id: string) => get<Unanswered>(`${STAFF}/collections/${id}/unanswered`),
  stopReminding: (letter: string) => change<void>("DELETE", `${STAFF}/outbox/${letter}/reminders`),
  lookups: () => get<Lookups>(`${STAFF}/look-up`),
  lookUp: (body: LookUp) => change<LookedUp>("POST", `${STAFF}/look-up`, body),
  people: (id: string, { looking, state, use, from }: PeopleAsked) =>
    change<People>("POST", `${STAFF}/collections/${id}/people/list`, {
      from,
      ...(looking === "" ? {} : { looking }),
      ...(state === "" ? {} : { state }),
      ...(use === "" ? {} : { use }),
    }),
  exportPeople: (id: string, reason: string) => file(`${STAFF}/collections/${id}/people/export`, { reason }),
  notToPhotograph: (id: string, body: { reason: string; language: string }) =>
    file(`${STAFF}/collections/${id}/do-not-photograph`, body),
  settleConflict: (enrolment: string, outcome: "both-real" | "removed") =>
    change<void>("POST", `${STAFF}/conflicts/${enrolment}`, { outcome }),
} as const;

export function lookPicture(id: string, photo: string, channel: Channel, version: number): string {
  return `${STAFF}/collections/${id}/look/${photo}?${lookQuery(channel)}&v=${version}`;
}
/** Every face hidden. */
export function photoPicture(id: string, photo: string, size: "tiny" | "small" | "large"): string {
  return `${STAFF}/collections/${id}/photos/${photo}/picture?size=${size}`;
}
export function requestPicture(request: string): string {
  return `${STAFF}/requests/${request}/picture`;
}
export function zipAddress(publication: string): string {
  return `${STAFF}/publications/${publication}/zip`;
}
export function paperFile(paper: PaperKind, form: "pdf" | "html", language: "fr" | "en"): string {
  return `${OFFICER}/papers/${paper}/${form}?language=${language}`;
}
