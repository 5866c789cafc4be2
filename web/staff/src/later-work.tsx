import { Route, Switch } from "wouter";
import { useWords } from "./language.tsx";
import { Back, Title } from "./parts/shell.tsx";
import { Claims } from "./pages/claims.tsx";
import { Conflicts } from "./pages/conflicts.tsx";
import { Desk } from "./pages/desk.tsx";
import { Folders } from "./pages/folders.tsx";
import { GuestList } from "./pages/guests.tsx";
import { Jobs } from "./pages/jobs.tsx";
import { Letter } from "./pages/letter.tsx";
import { LookUp } from "./pages/look-up.tsx";
import { Outbox } from "./pages/outbox.tsx";
import { People } from "./pages/people.tsx";
import { Photo } from "./pages/photo.tsx";
import { Print } from "./pages/print.tsx";
import { Publish } from "./pages/publish.tsx";
import { Requests } from "./pages/requests.tsx";

/** The work on a collection, its people and what they ask. */
export function WorkPages({ name }: { readonly name: string }) {
  const { t } = useWords();
  return (
    <Switch>
      <Route path="/collections/:id/desk">{({ id }) => <Desk id={id} />}</Route>
      <Route path="/collections/:id/folders">{({ id }) => <Folders id={id} />}</Route>
      <Route path="/collections/:id/guests">{({ id }) => <GuestList id={id} />}</Route>
      <Route path="/collections/:id/people">{({ id }) => <People id={id} />}</Route>
      <Route path="/collections/:id/photos/:photo">
        {({ id, photo }) => <Photo id={id} photo={photo} />}
      </Route>
      <Route path="/collections/:id/print">{({ id }) => <Print id={id} />}</Route>
      <Route path="/collections/:id/publish/:channel">
        {({ id, channel }) => <Publish id={id} channel={decodeURIComponent(channel)} name={name} />}
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
      <Route path="/jobs">
        <Jobs />
      </Route>
      <Route path="/outbox">
        <Outbox />
      </Route>
      <Route path="/outbox/:letter">{({ letter }) => <Letter key={letter} id={letter} />}</Route>
      <Route>
        <Title above={<Back to="/" label={t("nav.collections")} />}>{t("no-page")}</Title>
        <p className="narrow">{t("no-page.says")}</p>
      </Route>
    </Switch>
  );
}
