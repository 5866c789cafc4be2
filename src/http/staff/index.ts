import { Type } from "@fastify/type-provider-typebox";
import { forgetEnded } from "../../accounts/index.ts";
import type { Post } from "../../webhooks/index.ts";
import type { TwoPersonAct, TwoPersonRule } from "../../rights/index.ts";
import type { App, HttpContext } from "../context.ts";
import { StaffMe } from "../contract/staff.ts";
import { PROBLEMS } from "../problem.ts";
import { accountOf, mayWhere, needs, nothingHere, requireNeeds, requireStaff } from "../access.ts";
import { accountRoutes } from "./account-routes.ts";
import { addressRoutes, confirmAddressRoute } from "./address-routes.ts";
import { claimRoutes } from "./claim-routes.ts";
import { collectionRoutes } from "./collection-routes.ts";
import { deletionRoutes } from "./deletion-routes.ts";
import { deskRoutes } from "./desk-routes.ts";
import { openFolders, tidyFolders } from "./folders.ts";
import { galleryLinkRoutes } from "./gallery-routes.ts";
import { officerRoutes } from "./officer-routes.ts";
import { jobRoutes } from "./job-routes.ts";
import { guestRoutes } from "./guest-routes.ts";
import { lookUpRoutes } from "./look-up-routes.ts";
import { matterRoutes } from "./matter-routes.ts";
import { peopleRoutes } from "./people-routes.ts";
import { photoRoutes } from "./photo-routes.ts";
import { outboxRoutes } from "./outbox-routes.ts";
import { ownAccountRoutes } from "./own-account-routes.ts";
import { secondPersonRoutes } from "./second-person-routes.ts";
import { secondFactorRoutes } from "./second-factor-routes.ts";
import { printRoutes } from "./print-routes.ts";
import { publishRoutes } from "./publish-routes.ts";
import { paperRoutes } from "./paper-routes.ts";
import { reachRoutes } from "./reach-routes.ts";
import type { StaffOptions } from "./options.ts";
import { staffInvitationRoutes, teamRoutes } from "./team-routes.ts";
import { keyRoutes } from "./key-routes.ts";
import { trialRoutes } from "./trial-routes.ts";
import { uploadRoutes } from "./uploads.ts";
import { watchRoutes } from "./watch-routes.ts";
import { webhookRoutes } from "./webhook-routes.ts";

/** As often as what time ends is ended. */
const TIDY_EVERY_MS = 3_600_000;

/** What the interface for programs needs of this one. */
export interface StaffPlaces {
  /** For a picture that is looked at once. */
  readonly uploads: string;
  /** By which a test of a webhook goes out. */
  readonly post: Post;
  readonly twoPersons: TwoPersonRule;
}

/** Everything for staff, under /api/auth and /api/staff. Nothing of it answers without a session but signing in. */
export async function staffRoutes(app: App, context: HttpContext, staff: StaffOptions): Promise<StaffPlaces> {
  const { accounts, dataFolder } = staff;
  const { twoPersons = new Set<TwoPersonAct>(["purge"]) } = staff;
  const folders = await openFolders(dataFolder);
  const tidy = async (): Promise<void> => {
    await tidyFolders(context.parts, folders).catch(() => context.log.warn("folders could not be tidied"));
    await forgetEnded(context.parts.db, context.parts.clock).catch(() =>
      context.log.warn("sessions that have run out could not be removed"),
    );
  };
  await tidy();
  const timer = setInterval(() => void tidy(), TIDY_EVERY_MS).unref();
  app.addHook("onClose", async () => clearInterval(timer));
  app.decorateRequest("staff", null);
  app.decorateRequest("apiKey", null);
  await accountRoutes(app, context, accounts);
  staffInvitationRoutes(app, context, accounts, twoPersons);
  confirmAddressRoute(app, context, accounts);
  await app.register(async (scope: App) => {
    scope.addHook("onRoute", requireNeeds);
    scope.addHook("onRequest", (request) => requireStaff(accounts, context.parts.db, request));
    scope.get(
      "/api/staff/me",
      {
        config: { ...needs("see-self", "some"), withoutSecondFactor: true },
        schema: { response: { "2xx": StaffMe, ...PROBLEMS } },
      },
      async (request) => ({
        name: request.staff?.name ?? "",
        email: request.staff?.email ?? "",
        organisation: context.organisation,
        lacksSecondFactor: accountOf(request).lacksSecondFactor,
        ...mayWhere(accountOf(request)),
      }),
    );
    ownAccountRoutes(scope, context);
    secondFactorRoutes(scope, accounts);
    addressRoutes(scope, context, accounts);
    teamRoutes(scope, context, twoPersons);
    keyRoutes(scope, context, twoPersons);
    webhookRoutes(scope, context, { post: staff.post });
    collectionRoutes(scope, context);
    jobRoutes(scope, context);
    watchRoutes(scope, context, { twoPersons });
    await uploadRoutes(scope, context, { folder: folders.uploads });
    publishRoutes(scope, context, { exports: folders.exports });
    galleryLinkRoutes(scope, context);
    deletionRoutes(scope, context, { folders, twoPersons });
    secondPersonRoutes(scope, context, { folders });
    printRoutes(scope, context);
    outboxRoutes(scope, context);
    guestRoutes(scope, context);
    deskRoutes(scope, context, { uploads: folders.uploads });
    lookUpRoutes(scope, context, { uploads: folders.uploads });
    matterRoutes(scope, context);
    claimRoutes(scope, context);
    officerRoutes(scope, context);
    reachRoutes(scope, context);
    paperRoutes(scope, context);
    photoRoutes(scope, context);
    peopleRoutes(scope, context);
    trialRoutes(scope, context, { samples: staff.samples ?? [], folders, twoPersons });
    // What is not there answers like what is forbidden.
    scope.route({
      method: ["GET", "POST", "PUT", "PATCH", "DELETE"],
      url: "/api/staff/*",
      config: needs("see-self", "some"),
      schema: { response: { "2xx": Type.Null(), ...PROBLEMS } },
      handler: async () => {
        throw nothingHere();
      },
    });
  });
  return { uploads: folders.uploads, post: staff.post, twoPersons };
}
