/**
 * What must outlive a reload and no more: session storage, which the browser drops with the tab. Nothing secret is ever
 * put into local storage.
 */
export function keep(name: string, value: unknown): void {
  try {
    sessionStorage.setItem(`assent-${name}`, JSON.stringify(value));
  } catch {
    // Without storage the pages work; only a reload begins anew.
  }
}

export function kept<T>(name: string): T | null {
  try {
    const text = sessionStorage.getItem(`assent-${name}`);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

export function drop(name: string): void {
  try {
    sessionStorage.removeItem(`assent-${name}`);
  } catch {
    // As above.
  }
}

/** Takes the secret out of the address, so that neither history nor a shared screen shows it. Null where there is none. */
export function takeSecret(): string | null {
  const secret = decodeURIComponent(location.hash.slice(1));
  if (secret.length < 4) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return secret;
}
