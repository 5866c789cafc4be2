// Ends with 0 where the server of this container and its database work: a container's health check. No quotes to be mangled on the way.
const port = process.env.ASSENT_PORT ?? "8080";
// oxlint-disable-next-line no-restricted-globals -- It asks this container itself.
const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
process.exitCode = answer?.ok ? 0 : 1;
