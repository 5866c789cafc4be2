/**
 * A website's cache that forgets a picture as soon as it may be shown no more: it is told by a webhook, and believes what is
 * signed. Behind a server that speaks https.
 *
 *     WEBHOOK_SECRET=whsec_... node docs/example/receive.ts PORT FOLDER
 *
 * Files of the folder are named after the ids of renditions.
 */
import { createServer } from "node:http";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";

const [port = "", folder = ""] = process.argv.slice(2);
const webhook = new Webhook(process.env["WEBHOOK_SECRET"] ?? "");

const server = createServer(async (request, response) => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  try {
    // Throws unless one of the signatures is right and the time is of the last five minutes.
    const said = webhook.verify(Buffer.concat(pieces), request.headers as Record<string, string>) as Message;
    switch (said.type) {
      case "rendition.suspended":
      case "rendition.replaced":
        // Replaced ones are fetched anew when somebody asks for them.
        for (const id of said.data.renditions) await rm(join(folder, `${id}.jpg`), { force: true });
        break;
      default:
        break;
    }
    console.log(said.type);
    response.writeHead(204).end();
  } catch {
    response.writeHead(400).end();
  }
});
server.listen(Number(port), "127.0.0.1", () => console.log("listening"));

type Message =
  | {
      readonly type: "rendition.suspended" | "rendition.replaced";
      readonly data: {
        readonly collection: string;
        readonly renditions: readonly string[];
        readonly count: number;
      };
    }
  | { readonly type: "import.finished" | "request.opened" | "test"; readonly data: object };
