import { fileURLToPath } from "node:url";
import { createProcessPool } from "../core/index.ts";
import type { FormInput } from "./form-picture.ts";
import type { Rendered, RenderInput } from "./render-picture.ts";

export type RenderTasks = {
  render: { input: RenderInput; output: Rendered };
  form: { input: FormInput; output: null };
};

/**
 * Renders in processes of their own, because originals are untrusted and their decoders native code: one that kills
 * its process costs that rendition (`worker-failed`) and nothing else. Close it when done.
 */
export interface RenderPool {
  /** As `renderPicture`. Calls may overlap; they wait in order. */
  render(input: RenderInput): Promise<Rendered>;
  /** As `formPicture`: a rendition as a publication writes it. */
  form(input: FormInput): Promise<null>;
  close(): Promise<void>;
}

/** A 50-megapixel TIFF is rendered in some seconds, a 12-megapixel HEIC in four; a minute of decoding is allowed. */
const RENDER_LIMIT_MS = 120_000;

export function createRenderPool(options: { readonly processes: number }): RenderPool {
  const pool = createProcessPool<RenderTasks>({
    module: fileURLToPath(new URL("worker.ts", import.meta.url)),
    size: options.processes,
    timeLimitMs: RENDER_LIMIT_MS,
  });
  return {
    render: (input) => pool.run("render", input),
    form: (input) => pool.run("form", input),
    close: () => pool.close(),
  };
}
