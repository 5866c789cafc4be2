import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";
import axe from "axe-core";

/** Where Debian, Ubuntu, Fedora and macOS put a Chromium; ASSENT_CHROMIUM names another. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
] as const;

/** The browser of this machine, or undefined: tests with pages are then skipped, saying so. */
export const chromiumPath: string | undefined = [process.env["ASSENT_CHROMIUM"] ?? "", ...PLACES].find(
  (path) => path !== "" && existsSync(path),
);

if (chromiumPath === undefined) {
  console.log("no Chromium on this machine: tests with a browser are skipped (apt install chromium)");
}

export interface Reach {
  /** Names that the browser takes for this machine. */
  readonly hosts?: readonly string[];
  /** The fingerprint of the key of a certificate that it believes in (support/certificate.ts). */
  readonly trusted?: string;
}

/** What Chromium is started with to reach a test's server, sandboxed unless the tests run as root. */
export function reaching({ hosts = [], trusted }: Reach): readonly string[] {
  return [
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ...(hosts.length > 0
      ? [`--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(", ")}`]
      : []),
    ...(trusted === undefined ? [] : [`--ignore-certificate-errors-spki-list=${trusted}`]),
  ];
}

/** Starts the browser. */
export async function launchBrowser(reach: Reach = {}): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error("no Chromium on this machine");
  return chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    args: [...reaching(reach), "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
  });
}

/** What axe-core finds against the page as it stands: rule and the first place, for the message of a failing test. */
export async function barriers(page: Page): Promise<readonly string[]> {
  // Evaluated, not added as a script: the page's own policy refuses inline scripts.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    () => (globalThis as unknown as { axe: typeof axe }).axe.run() as Promise<axe.AxeResults>,
  );
  return violations.map((one) => `${one.id}: ${one.nodes[0]?.html ?? ""}`);
}
