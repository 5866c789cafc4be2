import { useState } from "react";

/** The secret behind `#`, which browsers do not send; it goes from the address at once. Empty where there is none. */
export function useSecretInAddress(): string {
  const [secret] = useState(() => {
    const found = window.location.hash.slice(1);
    if (found !== "") window.history.replaceState(null, "", window.location.pathname);
    return found;
  });
  return secret;
}
