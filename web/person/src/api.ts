import type {
  ClaimedReceipt,
  HideRequest,
  HideRequested,
  Verdict,
} from "../../../src/http/contract/anybody.ts";
import type { GalleryOpened, GalleryPictures, GalleryState } from "../../../src/http/contract/gallery.ts";
import type { RecoveryWays } from "../../../src/http/contract/mail.ts";
import type {
  Browse,
  ChallengeStarted,
  FrameAnswer,
  Join,
  Joined,
  Left,
  Me,
  PersonLooks,
  PersonPhotos,
  RecoveryCode,
  Shown,
  SwitchConsent,
  Switched,
  Welcome,
  ClaimAnswer,
} from "../../../src/http/contract/person.ts";
import type { Problem } from "../../../src/http/contract/problem.ts";
import type { Static } from "typebox";

/** What went wrong: no answer (`offline`), or an answer that says why not. */
export class Trouble extends Error {
  readonly status: number | null;
  readonly problem: Problem | null;
  constructor(status: number | null, problem: Problem | null) {
    super(problem?.code ?? (status === null ? "offline" : String(status)));
    this.status = status;
    this.problem = problem;
  }
}

const PERSON = "/api/person";

async function ask(
  method: string,
  path: string,
  body?: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", ...more };
  let sent: BodyInit | null = null;
  if (method !== "GET") headers["x-assent"] = "1";
  if (body instanceof Blob) {
    headers["content-type"] = "image/jpeg";
    sent = body;
  } else if (body !== undefined) {
    headers["content-type"] = "application/json";
    sent = JSON.stringify(body);
  }
  let answer: Response;
  try {
    // oxlint-disable-next-line no-restricted-globals -- A page talks to its own server, and the policy lets it to no other.
    answer = await fetch(path, {
      method,
      headers,
      body: sent,
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Trouble(null, null);
  }
  if (answer.ok) return answer;
  let problem: Problem | null = null;
  try {
    const read: unknown = await answer.json();
    if (typeof read === "object" && read !== null && "code" in read) problem = read as Problem;
  } catch {
    // A proxy's own page: the status says enough.
  }
  throw new Trouble(answer.status, problem);
}

async function get<T>(path: string): Promise<T> {
  return (await (await ask("GET", path)).json()) as T;
}
async function change<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T> {
  const answer = await ask(method, path, body);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

type Json = Record<string, unknown>;

const GALLERY = "/api/gallery";
const byLink = async (secret: string, path: string): Promise<Response> =>
  ask("GET", `${GALLERY}${path}`, undefined, { "x-assent-gallery": secret });

export const api = {
  open: (invitation: string) => change<Welcome>("POST", `${PERSON}/open`, { invitation }),
  join: (body: Join) => change<Joined>("POST", `${PERSON}/join`, body),
  link: (secret: string) => change<void>("POST", `${PERSON}/link`, { secret }),
  recover: (code: string) => change<Static<typeof RecoveryCode>>("POST", `${PERSON}/recover`, { code }),
  recoveryWays: () => get<RecoveryWays>(`${PERSON}/recovery`),
  askByMail: (email: string) => change<void>("POST", `${PERSON}/recover/mail`, { email }),
  recoverByLink: (secret: string) => change<void>("POST", `${PERSON}/recover/link`, { secret }),
  confirmAddress: (secret: string) => change<void>("POST", `${PERSON}/address`, { secret }),
  addressMessage: () => change<void>("POST", `${PERSON}/address/message`),
  takeOver: () => change<void>("POST", `${PERSON}/take-over`),
  newRecoveryCode: () => change<Static<typeof RecoveryCode>>("POST", `${PERSON}/recovery-code`),
  signOut: () => change<void>("POST", `${PERSON}/sign-out`),
  noticesSeen: () => change<void>("POST", `${PERSON}/notices/seen`),
  me: () => get<Me>(`${PERSON}/me`),
  challenge: () => change<ChallengeStarted>("POST", `${PERSON}/challenge`),
  frame: (challenge: string, jpeg: Blob) =>
    change<FrameAnswer>("POST", `${PERSON}/challenge/${challenge}/frame`, jpeg),
  photos: (cursor: string | null) =>
    get<Static<typeof PersonPhotos>>(
      `${PERSON}/photos${cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`}`,
    ),
  confirm: (faces: readonly string[]) =>
    change<{ readonly confirmed: number }>("POST", `${PERSON}/faces/confirm`, { faces }),
  answer: (face: string, me: boolean) => change<void>("POST", `${PERSON}/faces/${face}/answer`, { me }),
  claim: (face: string) => change<Static<typeof ClaimAnswer>>("POST", `${PERSON}/faces/${face}/claim`),
  browse: (collection: string, cursor: string | null) =>
    get<Browse>(
      `${PERSON}/browse?collection=${collection}${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    ),
  switchConsent: (body: SwitchConsent) => change<Static<typeof Switched>>("PUT", `${PERSON}/consents`, body),
  looks: () => get<PersonLooks>(`${PERSON}/looks`),
  shown: () => get<Shown>(`${PERSON}/shown`),
  leave: () => change<Left>("POST", `${PERSON}/leave`),
  endDevice: (id: string) => change<void>("DELETE", `${PERSON}/devices/${id}`),
  endPasskey: (id: string) => change<void>("DELETE", `${PERSON}/passkeys/${id}`),
  passkey: {
    registerStart: () => change<Json>("POST", `${PERSON}/passkey/register/start`),
    registerFinish: (answer: unknown) => change<void>("POST", `${PERSON}/passkey/register/finish`, answer),
    signInStart: () => change<Json>("POST", `${PERSON}/passkey/sign-in/start`),
    signInFinish: (answer: unknown) => change<void>("POST", `${PERSON}/passkey/sign-in/finish`, answer),
  },
  keys: async () => (await ask("GET", "/.well-known/assent-keys.json")).text(),
  verify: (receipt: string) => change<Static<typeof Verdict>>("POST", "/api/verify", { receipt }),
  claimReceipt: (code: string) =>
    change<Static<typeof ClaimedReceipt>>("POST", "/api/receipts/claim", { code }),
  gallery: {
    open: (secret: string) => change<GalleryOpened>("POST", `${GALLERY}/open`, { secret }),
    state: async (secret: string) => (await (await byLink(secret, "/state")).json()) as GalleryState,
    pictures: async (secret: string, from: number) =>
      (await (await byLink(secret, `/pictures?from=${from}`)).json()) as GalleryPictures,
    picture: async (secret: string, name: string, size: "small" | "full") =>
      (
        await byLink(secret, `/pictures/${encodeURIComponent(name)}${size === "small" ? "/small" : ""}`)
      ).blob(),
  },
  hide: (body: HideRequest) => change<Static<typeof HideRequested>>("POST", "/api/requests", body),
  pictureFile: async (photo: string, name: string) => {
    const picture = await (await ask("GET", pictureAddress(photo, "full"))).blob();
    return new File([picture], name, { type: "image/jpeg" });
  },
} as const;

export function pictureAddress(photo: string, size: "small" | "full"): string {
  return `${PERSON}/photos/${encodeURIComponent(photo)}/picture?size=${size}`;
}
/** A published picture, by its random name. */
export function renditionAddress(rendition: string): string {
  return `/api/renditions/${encodeURIComponent(rendition)}/picture`;
}
export function zipAddress(collection: string | null): string {
  return `${PERSON}/download${collection === null ? "" : `?collection=${collection}`}`;
}
export const DATA_ADDRESS = `${PERSON}/data`;
export const SEARCH_ADDRESS = `${PERSON}/search`;
