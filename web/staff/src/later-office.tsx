import { Route, Switch } from "wouter";
import { Account } from "./pages/account.tsx";
import { Keys } from "./pages/keys.tsx";
import { SecondPersons } from "./pages/second-persons.tsx";
import { Team } from "./pages/team.tsx";
import { Webhooks } from "./pages/webhooks.tsx";

/** Who works here, keys for programs and what they are told, one's own account. */
export function OfficePages() {
  return (
    <Switch>
      <Route path="/team">
        <Team />
      </Route>
      <Route path="/to-confirm">
        <SecondPersons />
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
    </Switch>
  );
}
