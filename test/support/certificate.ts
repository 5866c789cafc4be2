import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface TestCertificate {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** SHA-256 of the certificate's public key, base64: what Chromium is told to believe in. */
  readonly fingerprint: string;
}

/** A certificate for `host` by an authority of the tests' own, made in `folder` by openssl. Paths of PEM files. */
export function makeCertificate(folder: string, host: string): TestCertificate {
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { stdio: "pipe" });
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const extensions = ["-addext", "basicConstraints=critical,CA:TRUE"];
  openssl(
    ...["req", "-x509", ...ec, "-days", "2", "-subj", "/CN=Tests' authority", ...extensions],
    ...["-keyout", path("ca.key"), "-out", path("ca.pem")],
  );
  openssl(
    ...["req", "-x509", ...ec, "-days", "2", "-subj", `/CN=${host}`],
    ...["-addext", `subjectAltName=DNS:${host}`, "-CA", path("ca.pem"), "-CAkey", path("ca.key")],
    ...["-keyout", path("server.key"), "-out", path("server.pem")],
  );
  const { publicKey } = new X509Certificate(readFileSync(path("server.pem")));
  const fingerprint = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
  return {
    authority: path("ca.pem"),
    certificate: path("server.pem"),
    key: path("server.key"),
    fingerprint,
  };
}
