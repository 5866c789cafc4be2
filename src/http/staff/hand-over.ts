import type { FastifyReply } from "fastify";

/** Lets a library answer on the raw connection, with the headers that every answer of ours carries. */
export async function handOver(reply: FastifyReply, answer: () => Promise<void>): Promise<void> {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  await answer();
}
