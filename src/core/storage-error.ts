import { AssentError } from "./errors.ts";

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/**
 * The `storage-failed` error for a failed file operation, with what to do about it. `what` says what was being done
 * ("store a picture") and names no file of a person. Anything but an error of the file system passes through unchanged.
 */
export function storageError(error: unknown, what: string, folder: string): unknown {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  const code = String(error.code);
  return new AssentError("storage-failed", `cannot ${what} in ${folder}: ${code}`, {
    remedy: remedyFor(code, folder),
    cause: error,
  });
}

function remedyFor(code: string, folder: string): string {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return `The disk or the quota of ${folder} is full. Free some space, then try again: nothing was half stored.`;
    case "EACCES":
    case "EPERM":
      return `Give the account that runs Assent the right to read and write ${folder}, then try again.`;
    case "EROFS":
      return `${folder} is on a file system mounted read-only. Mount it writable, then try again.`;
    case "EMFILE":
    case "ENFILE":
      return "Too many files are open. Raise the limit (ulimit -n), then try again.";
    default:
      return `Check that the disk of ${folder} is there and healthy, then try again.`;
  }
}
