import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Route, Router, Switch } from "wouter";
import { ConfirmAddress } from "./account/address.tsx";
import { SecondFactorNeeded } from "./account/needed.tsx";
import { api, Trouble } from "./api.ts";
import { useWords } from "./language.tsx";
import { AccountWork } from "./officer/accounts.tsx";
import { Calendar } from "./officer/calendar.tsx";
import { Disclosures } from "./officer/disclosures.tsx";
import { LogPage } from "./officer/log-page.tsx";
import { Overview } from "./officer/overview.tsx";
import { Papers } from "./officer/papers.tsx";
import { Reach } from "./officer/reach.tsx";
import { Texts } from "./officer/texts.tsx";
import { Account } from "./pages/account.tsx";
import { Claims } from "./pages/claims.tsx";
import { CollectionHome } from "./pages/collection.tsx";
import { Collections } from "./pages/collections.tsx";
import { Conflicts } from "./pages/conflicts.tsx";
import { Desk } from "./pages/desk.tsx";
import { Keys } from "./pages/keys.tsx";
import { GuestList } from "./pages/guests.tsx";
import { Letter } from "./pages/letter.tsx";
import { LookUp } from "./pages/look-up.tsx";
import { NewCollectionPage } from "./pages/new-collection.tsx";
import { Outbox } from "./pages/outbox.tsx";
import { People } from "./pages/people.tsx";
import { Photo } from "./pages/photo.tsx";
import { Photos } from "./pages/photos.tsx";
import { Print } from "./pages/print.tsx";
import { Publish } from "./pages/publish.tsx";
import { Requests } from "./pages/requests.tsx";
import { Invited, Setup } from "./pages/setup.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { Team } from "./pages/team.tsx";
import { Webhooks } from "./pages/webhooks.tsx";
import { Back, OpenPage, Shell, Title } from "./parts/shell.tsx";
import { Failed, Loading } from "./parts/states.tsx";

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
        <Route path="/collections/:id/desk">{({ id }) => <Desk id={id} />}</Route>
        <Route path="/collections/:id/guests">{({ id }) => <GuestList id={id} />}</Route>
        <Route path="/collections/:id/people">{({ id }) => <People id={id} />}</Route>
        <Route path="/collections/:id/photos">{({ id }) => <Photos id={id} />}</Route>
        <Route path="/collections/:id/photos/:photo">
          {({ id, photo }) => <Photo id={id} photo={photo} />}
        </Route>
        <Route path="/collections/:id/print">{({ id }) => <Print id={id} />}</Route>
        <Route path="/collections/:id/publish/:channel">
          {({ id, channel }) => <Publish id={id} channel={decodeURIComponent(channel)} name={me.data.name} />}
        </Route>
        <Route path="/look-up">
          <LookUp />
        </Route>
        <Route path="/claims">
          <Claims />
        </Route>
        <Route path="/conflicts">
          <Conflicts />
        </Route>
        <Route path="/requests">
          <Requests />
        </Route>
        <Route path="/outbox">
          <Outbox />
        </Route>
        <Route path="/outbox/:letter">{({ letter }) => <Letter key={letter} id={letter} />}</Route>
        <Route path="/officer">
          <Overview />
        </Route>
        <Route path="/officer/log">
          <LogPage />
        </Route>
        <Route path="/officer/accounts">
          <AccountWork />
        </Route>
        <Route path="/officer/calendar">
          <Calendar />
        </Route>
        <Route path="/officer/texts">
          <Texts />
        </Route>
        <Route path="/officer/reach">
          <Reach />
        </Route>
        <Route path="/officer/papers">
          <Papers />
        </Route>
        <Route path="/officer/disclosures">
          <Disclosures />
        </Route>
        <Route path="/team">
          <Team />
        </Route>
        <Route path="/keys">
          <Keys />
        </Route>
        <Route path="/webhooks">
          <Webhooks />
        </Route>
        <Route path="/account">
          <Account />
        </Route>
        <Route>
          <Title above={<Back to="/" label={t("nav.collections")} />}>{t("no-page")}</Title>
          <p className="narrow">{t("no-page.says")}</p>
        </Route>
      </Switch>
    </Shell>
  );
}
