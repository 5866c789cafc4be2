/** How whoever settles carries many things to their end. */
export interface Finishing {
  /** Told why one could not be finished now: it stays due, and the others are gone on with. Without it, that ends the whole. */
  readonly onFailure?: (error: unknown) => void;
  /** Ends it after what is in hand. */
  readonly signal?: AbortSignal | undefined;
}

/** False where it failed, and whoever settles was told. */
export async function toItsEnd(work: () => Promise<unknown>, { onFailure }: Finishing): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!onFailure) throw error;
    onFailure(error);
    return false;
  }
}
