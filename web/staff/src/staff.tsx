import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Route, Router, Switch } from "wouter";
import { api, Trouble } from "./api.ts";
import { useWords } from "./language.tsx";
import { Account } from "./pages/account.tsx";
import { CollectionHome } from "./pages/collection.tsx";
import { Collections } from "./pages/collections.tsx";
import { Conflicts } from "./pages/conflicts.tsx";
import { Desk } from "./pages/desk.tsx";
import { NewCollectionPage } from "./pages/new-collection.tsx";
import { Print } from "./pages/print.tsx";
import { Publish } from "./pages/publish.tsx";
import { Requests } from "./pages/requests.tsx";
import { Setup } from "./pages/setup.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { Shell } from "./parts/shell.tsx";
import { Empty, Failed, Loading } from "./parts/states.tsx";

/** The staff's pages: signing in, or what is behind it. */
export function Staff() {
  return (
    <Router base="/staff">
      <Switch>
        <Route path="/setup">
          <Setup />
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
  if (me.isPending) return <Loading />;
  if (me.isError) {
    const signedOut = me.error instanceof Trouble && ["signed-out", "not-found"].includes(me.error.code);
    if (!signedOut) return <Failed error={me.error} again={() => void me.refetch()} />;
    return <SignIn done={() => void client.resetQueries()} />;
  }
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
        <Route path="/collections/:id/desk">{({ id }) => <Desk id={id} />}</Route>
        <Route path="/collections/:id/print">{({ id }) => <Print id={id} />}</Route>
        <Route path="/collections/:id/publish/:channel">
          {({ id, channel }) => <Publish id={id} channel={decodeURIComponent(channel)} name={me.data.name} />}
        </Route>
        <Route path="/conflicts">
          <Conflicts />
        </Route>
        <Route path="/requests">
          <Requests />
        </Route>
        <Route path="/account">
          <Account />
        </Route>
        <Route>
          <Empty title={t("trouble.not-found")} />
        </Route>
      </Switch>
    </Shell>
  );
}
