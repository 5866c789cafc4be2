import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssentError, ERROR_CODES, fromPlainError, must, toPlainError } from "./errors.ts";
import { isId, newId } from "./ids.ts";
import { storageError } from "./storage-error.ts";

describe("an error of ours", () => {
  test("comes back from its plain form as it was", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ERROR_CODES),
        fc.string({ minLength: 1 }),
        fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
        (code, message, remedy) => {
          const error = new AssentError(code, message, remedy === undefined ? {} : { remedy });
          const plain = JSON.parse(JSON.stringify(toPlainError(error))) as ReturnType<typeof toPlainError>;
          const back = fromPlainError(plain);
          expect([back.code, back.message, back.remedy]).toEqual([code, message, remedy]);
        },
      ),
    );
  });

  test("keeps its cause for those who look, and out of its plain form", () => {
    const cause = new Error("a detail with a path");
    const error = new AssentError("storage-failed", "cannot write", { cause });
    expect(error.cause).toBe(cause);
    expect(toPlainError(error)).toEqual({ code: "storage-failed", message: "cannot write" });
  });

  test("any other thrown value is internal", () => {
    expect(toPlainError(new RangeError("off by one"))).toEqual({
      code: "internal",
      message: "RangeError: off by one",
    });
    expect(toPlainError("a string")).toEqual({ code: "internal", message: "a string" });
    expect(toPlainError(undefined)).toMatchObject({ code: "internal" });
  });

  test("says what is missing where something must be there", () => {
    expect(must(0, "a number")).toBe(0);
    expect(() => must(null, "the epoch")).toThrow("the epoch is missing");
  });
});

describe("a failed file operation", () => {
  test.each(["ENOSPC", "EACCES", "EROFS", "EMFILE", "EIO"])("%s has a remedy of its own", (code) => {
    const failed = Object.assign(new Error(`${code}: /data/x`), { code, syscall: "open", path: "/data/x" });
    expect(storageError(failed, "store a picture", "/data")).toMatchObject({
      code: "storage-failed",
      message: `cannot store a picture in /data: ${code}`,
      remedy: expect.stringMatching(/\w\.$/) as string,
      cause: failed,
    });
  });

  test("is told from other errors, which pass unchanged", () => {
    const ours = new AssentError("bad-input", "no");
    const defect = new TypeError("not a function");
    expect(storageError(ours, "store", "/data")).toBe(ours);
    expect(storageError(defect, "store", "/data")).toBe(defect);
    expect(storageError("text", "store", "/data")).toBe("text");
  });
});

describe("an id", () => {
  test("is a random UUID, never twice the same", () => {
    const ids = Array.from({ length: 1000 }, newId);
    expect(ids.every(isId)).toBe(true);
    expect(new Set(ids).size).toBe(1000);
    expect(new Set(ids.map((id) => id[14]))).toEqual(new Set(["4"]));
  });

  test.each(["", "festival", "00000000-0000-0000-0000-000000000000", newId().toUpperCase(), `${newId()}\n`])(
    "is not %j",
    (text) => {
      expect(isId(text)).toBe(false);
    },
  );
});
