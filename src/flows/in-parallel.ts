/**
 * Runs `work` over the items, at most `width` at a time, in order of the list. The first failure stops the taking of
 * further items and is thrown once those under way have ended, so that nothing goes on behind the caller's back.
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failed: { error: unknown } | undefined;
  let taking: Promise<unknown> = Promise.resolve();
  const take = (): Promise<IteratorResult<T>> => {
    // An async generator must not be asked for the next item before it gave the last one.
    const next = taking.then(() => source.next());
    taking = next.catch(() => undefined);
    return next;
  };
  const lane = async (): Promise<void> => {
    while (!failed) {
      try {
        const next = await take();
        if (next.done) return;
        await work(next.value);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  if (failed) throw failed.error;
}
