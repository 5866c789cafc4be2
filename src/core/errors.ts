/**
 * The one error type of Assent. `code` is from a closed set (docs/errors.md lists each with its remedy and a test
 * keeps the list complete); `message` says what is wrong and names the input, `remedy` says what to do about it.
 * Neither carries personal data. Any other thrown value is a defect and is reported as `internal`.
 */
export const ERROR_CODES = [
  "bad-input",
  "not-found",
  "exists",
  "refused",
  "signed-out",
  "too-often",
  "no-consent",
  "suspended",
  "unreadable-picture",
  "unsupported-picture",
  "no-face",
  "several-faces",
  "poor-face",
  "conflict",
  "review-needed",
  "key-gone",
  "instance-busy",
  "instance-mismatch",
  "database-unavailable",
  "storage-failed",
  "model-pack",
  "worker-failed",
  "mail-failed",
  "signature",
  "interrupted",
  "internal",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export class AssentError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  constructor(code: ErrorCode, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AssentError";
    this.code = code;
    this.remedy = options.remedy;
  }
}

/** The form in which an error crosses a process boundary or is printed with `--json`. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy?: string;
}

export function toPlainError(error: unknown): PlainError {
  if (error instanceof AssentError) {
    return { code: error.code, message: error.message, ...(error.remedy ? { remedy: error.remedy } : {}) };
  }
  return {
    code: "internal",
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  };
}

export function fromPlainError(plain: PlainError): AssentError {
  return new AssentError(plain.code, plain.message, plain.remedy ? { remedy: plain.remedy } : {});
}

/** Narrows away null and undefined where the absence would be a defect of ours, not of the input. */
export function must<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new AssentError("internal", `${what} is missing`);
  return value;
}
