/** The part of libheif's own JavaScript interface that src/pictures/heic.ts uses; the package ships no types for it. */
declare module "libheif-js/wasm-bundle.js" {
  interface HeifImage {
    is_primary(): boolean;
    get_width(): number;
    get_height(): number;
    /** Fills `data` with RGBA, turned and mirrored as the file says, and hands it back, or null on failure. */
    display(
      target: { data: Uint8ClampedArray; width: number; height: number },
      done: (result: { data: Uint8ClampedArray } | null) => void,
    ): void;
    free(): void;
  }
  const libheif: {
    readonly ready?: Promise<unknown>;
    readonly HeifDecoder: new () => {
      readonly decoder?: { delete(): void } | null;
      decode(bytes: Uint8Array): HeifImage[];
    };
  };
  export default libheif;
}
