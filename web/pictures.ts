import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { shoot, type View } from "./person/fake/browser.ts";
import type { Fake } from "./person/fake/mock.ts";
import { startFake, type Scenario } from "./person/fake/serve.ts";
import { VIEWS } from "./person/fake/walk.ts";
import { startStaffFake } from "./staff/fake/serve.ts";
import { VIEWS as STAFF_VIEWS } from "./staff/fake/walk.ts";

/**
 * Makes the pictures of the pages in docs/pictures: `node web/pictures.ts [FOLDER]`, after a build. Everybody in them is
 * drawn, and every name is made up.
 */
const DIST = join(import.meta.dirname, "dist");
const TARGET = process.argv[2] ?? join(import.meta.dirname, "../docs/pictures");
const GAP = 24;
const AROUND = "#d8d4c8";
const QUALITY = 84;

const HOME: View<Scenario> = { name: "home-quiet", path: "/me", scenario: { quiet: true } };

interface Sheet {
  readonly file: string;
  readonly look: string;
  readonly names: readonly string[];
  /** The part of each page from its top that is shown, in pixels. */
  readonly height: number;
  /** Each page's width on the sheet. */
  readonly width: number;
}
const PHONE: readonly Sheet[] = [
  {
    file: "phone",
    look: "390-fr-light",
    names: ["join-first", "camera-left", "home-quiet"],
    height: 844,
    width: 390,
  },
  {
    file: "phone-choices",
    look: "390-en-dark",
    names: ["choices", "looks", "left"],
    height: 844,
    width: 390,
  },
];
const STAFF: readonly Sheet[] = [
  {
    file: "staff",
    look: "1280-en-light",
    names: ["collection", "publish-look"],
    height: 1250,
    width: 800,
  },
];

async function make<Scenario extends object>(
  fake: Fake<Scenario>,
  views: readonly View<Scenario>[],
  sheets: readonly Sheet[],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "assent-pictures-"));
  for (const { file, look, names, height, width } of sheets) {
    process.env["LOOK"] = look;
    await shoot(fake, views, folder, names);
    const full = Number(look.split("-")[0]);
    const shown = Math.round((height * width) / full);
    const pages = await Promise.all(
      names.map(async (name, at) => ({
        input: await sharp(join(folder, `${name}.${look}.png`))
          .resize({ width, height: shown, fit: "cover", position: "top" })
          .png()
          .toBuffer(),
        left: GAP + at * (width + GAP),
        top: GAP,
      })),
    );
    const sheet = { width: GAP + names.length * (width + GAP), height: shown + 2 * GAP };
    await sharp({ create: { ...sheet, channels: 3, background: AROUND } })
      .composite(pages)
      .webp({ quality: QUALITY })
      .toFile(join(TARGET, `${file}.webp`));
  }
  await rm(folder, { recursive: true });
  await fake.close();
}

await make(await startFake(DIST), [...VIEWS, HOME], PHONE);
await make(await startStaffFake(DIST), STAFF_VIEWS, STAFF);
