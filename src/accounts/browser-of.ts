/** Told apart in this order: several browsers name the one that they are like as well. */
const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ["Edge", /\bEdg(?:e|A|iOS)?\//],
  ["Opera", /\bOPR\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Firefox", /\b(?:Firefox|FxiOS)\//],
  ["Chrome", /\b(?:Chrome|CriOS)\//],
  ["Safari", /\bSafari\//],
];
const SYSTEMS: readonly (readonly [string, RegExp])[] = [
  ["Android", /\bAndroid\b/],
  ["iOS", /\b(?:iPhone|iPad|iPod)\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMacintosh\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Linux", /\bLinux\b/],
];

/** The family of a browser and its system, by what it says of itself; null for what is not known. Its version is nobody's business. */
export function browserOf(userAgent: string | null): {
  readonly browser: string | null;
  readonly system: string | null;
} {
  const among = (list: typeof BROWSERS): string | null =>
    list.find(([, form]) => form.test(userAgent ?? ""))?.[0] ?? null;
  return { browser: among(BROWSERS), system: among(SYSTEMS) };
}
