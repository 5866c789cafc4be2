import { describe, expect, test } from "vitest";
import { renditionName } from "./hide-me.tsx";

describe("which published picture is meant", () => {
  test("is read from a name, a file's name and an address", () => {
    expect(renditionName("k3v9x2")).toBe("k3v9x2");
    expect(renditionName(" k3v9x2.jpg ")).toBe("k3v9x2");
    expect(renditionName("https://club.example/gallery/photos/k3v9x2.jpg?size=full")).toBe("k3v9x2");
    expect(renditionName("https://photos.example/hide-me?rendition=k3v9x2")).toBe("k3v9x2");
  });

  test("is nothing where nothing was written", () => {
    expect(renditionName("  ")).toBe(null);
  });
});
