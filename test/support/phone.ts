import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { FrameAnswer } from "../../src/http/contract/person.ts";
import { openAccounts } from "../../src/accounts/index.ts";
import { createLog, createServer, type App } from "../../src/http/index.ts";
import { work, type Parts } from "../../src/flows/index.ts";
import type { Prompt } from "../../src/vision/index.ts";
import { createPost } from "../../src/webhooks/index.ts";
import { buildPages } from "../../tools/build-pages.ts";
import { launchBrowser, type Reach } from "./browser.ts";
import { makeCertificate } from "./certificate.ts";
import { freePort, startProxy } from "./proxy.ts";
import type { View } from "./head-render.ts";
import { photographed, seededRandom, type Subject } from "./liveness-clips.ts";

/** The name under which the test's server is reached: not this machine's own, so that nothing passes for being local. */
const HOST = "photos.assent.test";

/** Set to `caddy`, every journey with a browser goes through the proxy that the project comes with. */
const BEHIND_PROXY = process.env["TEST_PROXY"] === "caddy";

export interface Site {
  readonly address: string;
  readonly app: App;
  readonly browser: Browser;
  /** What another browser needs to reach it. */
  readonly reach: Reach;
  /** Every line that was logged. */
  readonly lines: readonly string[];
  /** The one-time link that makes an owner, or, where there is one, sets their password. */
  ownerLink(): Promise<string>;
  /** A phone with nothing on it: 390 px wide, in this language. */
  phone(language: "fr" | "en"): Promise<{ page: Page; context: BrowserContext }>;
  /** A computer with nothing on it, in this language. */
  computer(language: "fr" | "en"): Promise<{ page: Page; context: BrowserContext }>;
  close(): Promise<void>;
}

/** The real server over https, its own or the proxy's, with a certificate of the tests' own, the built pages, and a browser that reaches it. */
export async function openSite(parts: Parts): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "assent-site-"));
  const { certificate, key, fingerprint } = makeCertificate(folder, HOST);
  const port = await freePort();
  const address = `https://${HOST}:${port}`;
  const lines: string[] = [];
  const publicUrl = new URL(address);
  const organisation = "The club";
  const { db, keys, clock } = parts;
  const accounts = await openAccounts({ db, keys, clock, publicUrl, organisation });
  const app = await createServer({
    parts,
    publicUrl,
    organisation,
    minimumAge: 15,
    majorityAge: 18,
    webFolder: await buildPages({ onlyIfNeeded: true }),
    ...(BEHIND_PROXY ? {} : { tls: { cert: await readFile(certificate), key: await readFile(key) } }),
    proxies: BEHIND_PROXY ? ["loopback"] : [],
    log: createLog({ write: (line) => void lines.push(line) }),
    staff: { accounts, dataFolder: folder, samples: [], post: createPost() },
  });
  const own = BEHIND_PROXY ? await freePort() : port;
  await app.listen({ host: "127.0.0.1", port: own });
  const proxy = BEHIND_PROXY ? await startProxy(HOST, port, `127.0.0.1:${own}`) : undefined;
  const working = await work(parts);
  const reach = { hosts: [HOST], trusted: proxy?.fingerprint ?? fingerprint };
  const browser = await launchBrowser(reach);
  return {
    address,
    app,
    browser,
    reach,
    lines,
    ownerLink: async () => `${address}/staff/setup#${await accounts.makeOwnerLink()}`,
    phone: (language) =>
      openPage(browser, language, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }),
    computer: (language) => openPage(browser, language, { viewport: { width: 1280, height: 900 } }),
    async close() {
      await browser.close();
      await proxy?.close();
      await app.close();
      await working.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openPage(browser: Browser, language: "fr" | "en", device: BrowserContextOptions) {
  const locale = language === "fr" ? "fr-FR" : "en-GB";
  const context = await browser.newContext({ locale, acceptDownloads: true, ...device });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  return { page, context };
}

const FRAME = { width: 480, height: 640 } as const;
const NEARER = 1.4;
/** Degrees tried one after the other where a turn is not enough yet. */
const YAWS = [24, 28, 32, 36] as const;

/** How somebody who was asked for a prompt stands, at their n-th frame of it. */
export type Posing = (prompt: Prompt, frame: number, nearer: boolean) => Pick<View, "yaw" | "scale">;

export const asAsked: Posing = (prompt, frame, nearer) => {
  const side = prompt === "turn-left" ? 1 : prompt === "turn-right" ? -1 : 0;
  const yaw = YAWS[Math.min(YAWS.length - 1, Math.floor(frame / 3))] ?? 0;
  return { yaw: side * yaw, scale: nearer ? NEARER : 1 };
};

/** Puts a drawing surface in the place of the camera: what is posed before it is drawn by the test. An injected video. */
export async function replaceCamera(page: Page): Promise<void> {
  await page.addInitScript(`{
    const canvas = document.createElement("canvas");
    canvas.width = ${FRAME.width};
    canvas.height = ${FRAME.height};
    const drawing = canvas.getContext("2d");
    let picture = null;
    window.assentPose = async (url) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      picture = image;
    };
    setInterval(() => picture && drawing.drawImage(picture, 0, 0), 50);
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(20);
  }`);
}

/**
 * Stands before the page's camera, as `posing` says, until the challenge ends. Returns its last answer, or null where it
 * still went on after `most` frames.
 */
export async function standBefore(
  page: Page,
  begin: () => Promise<void>,
  subject: Subject,
  posing: Posing = asAsked,
  most = 40,
): Promise<FrameAnswer | null> {
  const random = seededRandom(11);
  const pose = async (prompt: Prompt, frame: number, nearer: boolean): Promise<void> => {
    const view: View = { ...posing(prompt, frame, nearer), ...FRAME };
    const jpeg = await photographed(subject(view, prompt), random);
    const url = `data:image/jpeg;base64,${Buffer.from(jpeg).toString("base64")}`;
    await page.evaluate(
      (picture) => (globalThis as unknown as { assentPose(url: string): Promise<void> }).assentPose(picture),
      url,
    );
  };
  await pose("look-straight", 0, false);
  const next = (): Promise<FrameAnswer> =>
    page
      .waitForResponse((response) => response.url().endsWith("/frame"))
      .then((response) => response.json() as Promise<FrameAnswer>);
  let answer = next();
  await begin();
  let [before, frame, nearer]: [Prompt | null, number, boolean] = [null, 0, false];
  for (let n = 0; n < most; n++) {
    const told = await answer;
    if (told.state !== "going-on") return told;
    answer = next();
    // A promise that nobody awaits any more at the end must not fail the run.
    answer.catch(() => undefined);
    frame = told.prompt === before ? frame + 1 : 0;
    before = told.prompt;
    if (told.prompt === "closer") nearer = true;
    if (told.prompt === "back") nearer = false;
    await pose(told.prompt, frame, nearer);
  }
  return null;
}

/** A passkey as the browser's testing tool hands it out and takes it, its key included. Base64. */
export interface HeldPasskey {
  readonly credentialId: string;
  readonly isResidentCredential: boolean;
  readonly rpId?: string;
  readonly privateKey: string;
  readonly userHandle?: string;
  readonly signCount: number;
}

/** Gives the page's phone a place for passkeys that says yes by itself, as one that was unlocked would. */
export async function authenticator(
  page: Page,
): Promise<{ only(): Promise<HeldPasskey>; add(passkey: HeldPasskey): Promise<void> }> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    async only() {
      const { credentials } = await session.send("WebAuthn.getCredentials", { authenticatorId });
      const [held, ...more] = credentials;
      if (held === undefined || more.length > 0) throw new Error(`${credentials.length} passkeys, not one`);
      return held;
    },
    async add(credential) {
      await session.send("WebAuthn.addCredential", { authenticatorId, credential });
    },
  };
}
