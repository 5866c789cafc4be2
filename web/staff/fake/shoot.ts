import { join } from "node:path";
import { shoot } from "../../person/fake/browser.ts";
import { startStaffFake } from "./serve.ts";
import { VIEWS } from "./walk.ts";

/**
 * Pictures of every page of the staff with made-up data, to be looked at one by one:
 * `node web/staff/fake/shoot.ts FOLDER [NAME...]`, after a build. Both languages, phone and desktop, light and dark.
 */
const [folder, ...names] = process.argv.slice(2);
if (folder === undefined) {
  console.error("Usage: node web/staff/fake/shoot.ts FOLDER [NAME...]");
  process.exit(2);
}
const fake = await startStaffFake(join(import.meta.dirname, "../../dist"));
await shoot(fake, VIEWS, folder, names);
await fake.close();
