import { startAuthentication } from "@simplewebauthn/browser";
import { api } from "../api.ts";

/** Signs in by a passkey, or shows anew that it is there. */
export async function signInByPasskey(): Promise<void> {
  const options = (await api.passkeys.signInStart()) as unknown as Parameters<
    typeof startAuthentication
  >[0]["optionsJSON"];
  await api.passkeys.signInFinish(await startAuthentication({ optionsJSON: options }));
}
