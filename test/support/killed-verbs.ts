import type { Instance } from "../../src/app/index.ts";
import { deliver, erase, importFolder, withdraw } from "../../src/flows/index.ts";
import { joinAs, nothing, publishTo } from "./order.ts";

/** A command that is killed, as its child process gets it. */
export type Verb =
  | { readonly verb: "import"; readonly folder: string }
  | { readonly verb: "publish"; readonly out: string }
  | { readonly verb: "deliver"; readonly person: string; readonly out: string }
  | { readonly verb: "join"; readonly face: string; readonly person: string | null }
  | { readonly verb: "withdraw" | "erase" | "erase-with-photos"; readonly person: string };

export const COLLECTION = "festival";
export const CHANNEL = "website";
export const CONSENTS = ["find-me", "contact", "publish:website", "publish:companions"];

/** Runs the command; the same again after a crash. */
export async function run(instance: Instance, order: Verb): Promise<void> {
  switch (order.verb) {
    case "import":
      await importFolder(instance, { folder: order.folder, collection: COLLECTION, progress: nothing });
      return;
    case "publish":
      await publishTo(instance, COLLECTION, CHANNEL, order.out);
      return;
    case "deliver": {
      const { person, out } = order;
      await deliver(instance, { person, out, reason: undefined, actor: "a tester", progress: nothing });
      return;
    }
    case "join": {
      const { face, person } = order;
      const consents = person === null ? CONSENTS : ["find-me"];
      await joinAs(instance, COLLECTION, consents, { face, ...(person === null ? {} : { person }) });
      return;
    }
    case "withdraw":
      await withdraw(instance, { person: order.person, actor: "a tester" });
      return;
    case "erase":
      await erase(instance, { person: order.person, actor: "a tester" });
      return;
    case "erase-with-photos": {
      const photosOfMe = { inOriginals: true, matchedToo: true };
      await erase(instance, { person: order.person, actor: "a tester", photosOfMe });
      return;
    }
  }
}
