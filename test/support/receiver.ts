import { createServer as createHttp, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly path: string;
}

/** A program that webhooks go to: a real server on loopback. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  /** What came, oldest first. */
  readonly received: readonly Received[];
  /** How it answers from now on; 204 unless told. */
  answer(how: RequestListener): void;
  /** Forgets what came. */
  clear(): void;
  close(): Promise<void>;
}

export async function openReceiver(
  tls?: { readonly cert: Buffer; readonly key: Buffer },
  host = "127.0.0.1",
): Promise<Receiver> {
  const received: Received[] = [];
  const usual: RequestListener = (_request, response) => void response.writeHead(204).end();
  let how = usual;
  const listener: RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const body = Buffer.concat(pieces).toString("utf8");
      received.push({ headers: request.headers, body, path: request.url ?? "" });
      how(request, response);
    });
  };
  const server = tls ? createHttps(tls, listener) : createHttp(listener);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http${tls ? "s" : ""}://localhost:${port}/hook`,
    port,
    received,
    answer: (next) => (how = next),
    clear() {
      received.length = 0;
      how = usual;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
