import type { App, HttpContext } from "../context.ts";
import { challengeRoutes, createChallenges } from "./challenge-routes.ts";
import { downloadRoutes } from "./download.ts";
import { deviceRoutes, joiningRoutes } from "./joining-routes.ts";
import { ownRoutes } from "./own-routes.ts";
import { addressRoutes, mailedLinkRoutes } from "./mail-routes.ts";
import { OpenPasskeyChallenges, passkeyRoutes, passkeySignInRoutes } from "./passkey-routes.ts";
import { photoRoutes } from "./photo-routes.ts";
import { searchRoutes } from "./search.ts";
import { requirePerson } from "./session.ts";

const PREFIX = "/api/person";

/** Everything for the people in the photos. Behind the second scope nothing answers without a device that is signed in. */
export async function personRoutes(app: App, context: HttpContext): Promise<void> {
  const challenges = createChallenges(context);
  const passkeys = new OpenPasskeyChallenges();
  app.addHook("onClose", async () => challenges.close());
  await app.register(
    async (scope: App) => {
      joiningRoutes(scope, context);
      mailedLinkRoutes(scope, context);
      passkeySignInRoutes(scope, context, passkeys);
    },
    { prefix: PREFIX },
  );
  await app.register(
    async (scope: App) => {
      requirePerson(scope, context);
      ownRoutes(scope, context, challenges);
      deviceRoutes(scope, { ...context, challenges });
      addressRoutes(scope, context);
      passkeyRoutes(scope, context, passkeys);
      challengeRoutes(scope, context, challenges);
      photoRoutes(scope, context);
      searchRoutes(scope, context);
      downloadRoutes(scope, context);
    },
    { prefix: PREFIX },
  );
}
