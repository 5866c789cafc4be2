import { join } from "node:path";
import { shoot } from "./browser.ts";
import { startFake } from "./serve.ts";
import { VIEWS } from "./walk.ts";

/**
 * Pictures of every page with made-up data, to be looked at one by one:
 * `node web/person/fake/shoot.ts FOLDER [NAME...]`, after a build. Both languages, phone and desktop, light and dark.
 */
const [folder, ...names] = process.argv.slice(2);
if (folder === undefined) {
  console.error("Usage: node web/person/fake/shoot.ts FOLDER [NAME...]");
  process.exit(2);
}
const fake = await startFake(join(import.meta.dirname, "../../dist"));
await shoot(fake, VIEWS, folder, names);
await fake.close();
