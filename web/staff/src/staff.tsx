import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Route, Router, Switch } from "wouter";
import { ConfirmAddress } from "./account/address.tsx";
import { SignedInThere } from "./account/single-sign-on.tsx";
import { api, Trouble } from "./api.ts";
import { useWords } from "./language.tsx";
import { CollectionHome } from "./pages/collection.tsx";
import { Collections } from "./pages/collections.tsx";
import { NewCollectionPage } from "./pages/new-collection.tsx";
import { Photos } from "./pages/photos.tsx";
import { Invited, Setup } from "./pages/setup.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { later } from "./parts/later.tsx";
import { OpenPage, Shell, Title } from "./parts/shell.tsx";
import { Failed, Loading } from "./parts/states.tsx";

/** What comes in files of its own, when it is first asked for: signing in and the photos wait for none of it. */
const OfficerPages = later("officer", async () => (await import("./later-officer.tsx")).OfficerPages);
const SecondFactorNeeded = later(
  "second-factor",
  async () => (await import("./account/needed.tsx")).SecondFactorNeeded,
);
const OfficePages = later("office", async () => (await import("./later-office.tsx")).OfficePages);
const WorkPages = later("work", async () => (await import("./later-work.tsx")).WorkPages);

/** The staff's pages: signing in, or what is behind it. */
export function Staff() {
  return (
    <Router base="/staff">
      <Switch>
        <Route path="/setup">
          <Setup />
        </Route>
        <Route path="/address">
          <ConfirmAddress />
        </Route>
        <Route path="/signed-in">
          <SignedInThere />
        </Route>
        <Route path="/invitation">
          <Invited />
        </Route>
        <Route>
          <SignedIn />
        </Route>
      </Switch>
    </Router>
  );
}

function SignedIn() {
  const { t } = useWords();
  const client = useQueryClient();
  const me = useQuery({ queryKey: ["me"], queryFn: api.me });
  if (me.isPending) {
    return (
      <OpenPage>
        <Loading />
      </OpenPage>
    );
  }
  if (me.isError) {
    const signedOut = me.error instanceof Trouble && ["signed-out", "not-found"].includes(me.error.code);
    if (!signedOut) {
      return (
        <OpenPage>
          <Title>{t("sign-in.title")}</Title>
          <Failed error={me.error} again={() => void me.refetch()} />
        </OpenPage>
      );
    }
    return <SignIn done={() => void client.resetQueries()} />;
  }
  if (me.data.lacksSecondFactor) return <SecondFactorNeeded />;
  return (
    <Shell me={me.data}>
      <Switch>
        <Route path="/">
          <Collections />
        </Route>
        <Route path="/new">
          <NewCollectionPage />
        </Route>
        <Route path="/collections/:id">{({ id }) => <CollectionHome key={id} id={id} />}</Route>
        <Route path="/collections/:id/photos">{({ id }) => <Photos id={id} />}</Route>
        <Route path="/officer/*?">
          <OfficerPages />
        </Route>
        {["/team", "/to-confirm", "/keys", "/webhooks", "/account"].map((path) => (
          <Route key={path} path={path}>
            <OfficePages />
          </Route>
        ))}
        <Route>
          <WorkPages name={me.data.name} />
        </Route>
      </Switch>
    </Shell>
  );
}
