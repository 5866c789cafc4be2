import type { Browse } from "../src/http/contract/person.ts";
import type { StaffPhotos } from "../src/http/contract/staff-matters.ts";

/** How long each answer of a route took, in milliseconds, and what was not answered well. */
export interface Visits {
  readonly times: ReadonlyMap<string, readonly number[]>;
  /** Route and status, or what failed. */
  readonly errors: readonly string[];
}

export interface VisitPlan {
  readonly address: string;
  readonly collection: string;
  /** Cookie headers. */
  readonly people: readonly string[];
  readonly editors: readonly string[];
  /** Between two pages, seconds: from half of it to one and a half, evenly. */
  readonly think: { readonly people: number; readonly editors: number };
}

/** Pictures of a screen of the grid. */
const PICTURES = { people: 6, editors: 12 } as const;
/** As browsers fetch from one server at once. */
const AT_ONCE = 6;

/** Everybody opens page after page until `until` is aborted; who comes first is spread over one think time. */
export async function visit(plan: VisitPlan, until: AbortSignal): Promise<Visits> {
  const times = new Map<string, number[]>();
  const errors: string[] = [];
  const asking = (cookie: string, from: number) => {
    const headers = { cookie, "x-forwarded-for": `198.51.100.${from + 1}` };
    return async (route: string, path: string): Promise<Response | undefined> => {
      const began = performance.now();
      try {
        const answer = await fetch(plan.address + path, { headers });
        const body = await answer.arrayBuffer();
        if (answer.status !== 200) errors.push(`${route}: ${answer.status}`);
        else (times.get(route) ?? times.set(route, []).get(route))?.push(performance.now() - began);
        return answer.ok ? new Response(body) : undefined;
      } catch (error) {
        errors.push(`${route}: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      }
    };
  };
  type Ask = ReturnType<typeof asking>;

  const personsPage = async (ask: Ask): Promise<void> => {
    await ask("GET /me", "/me");
    await ask("GET /api/person/me", "/api/person/me");
    await ask("GET /api/person/photos", "/api/person/photos");
    const listed = await ask("GET /api/person/browse", `/api/person/browse?collection=${plan.collection}`);
    const { photos } = listed ? ((await listed.json()) as Browse) : { photos: [] };
    await pictures(
      ask,
      some(photos, PICTURES.people),
      "GET /api/person/photos/:photo/picture",
      (id) => `/api/person/photos/${id}/picture?size=small`,
    );
  };
  const editorsPage = async (ask: Ask): Promise<void> => {
    const home = `/api/staff/collections/${plan.collection}`;
    await ask("GET /staff", "/staff");
    await ask("GET /api/staff/me", "/api/staff/me");
    await ask("GET /api/staff/collections", "/api/staff/collections");
    await ask("GET /api/staff/collections/:id", home);
    await ask("GET /api/staff/collections/:id/scan", `${home}/scan`);
    const listed = await ask("GET /api/staff/collections/:id/photos", `${home}/photos`);
    const { photos } = listed ? ((await listed.json()) as StaffPhotos) : { photos: [] };
    await pictures(
      ask,
      some(photos, PICTURES.editors),
      "GET /api/staff/collections/:id/photos/:photo/picture",
      (id) => `${home}/photos/${id}/picture?size=tiny`,
    );
  };
  const live = async (ask: Ask, page: (ask: Ask) => Promise<void>, think: number): Promise<void> => {
    await pause(1000 * think * Math.random(), until);
    while (!until.aborted) {
      await page(ask);
      await pause(1000 * think * (0.5 + Math.random()), until);
    }
  };
  await Promise.all([
    ...plan.people.map((cookie, n) => live(asking(cookie, n), personsPage, plan.think.people)),
    ...plan.editors.map((cookie, n) => live(asking(cookie, 200 + n), editorsPage, plan.think.editors)),
  ]);
  return { times, errors };
}

/** So many, from wherever in the list. */
function some<T>(list: readonly T[], n: number): readonly T[] {
  const from = Math.floor(Math.random() * Math.max(1, list.length - n));
  return list.slice(from, from + n);
}

async function pictures(
  ask: (route: string, path: string) => Promise<unknown>,
  photos: readonly { readonly id: string }[],
  route: string,
  path: (id: string) => string,
): Promise<void> {
  for (let at = 0; at < photos.length; at += AT_ONCE) {
    await Promise.all(photos.slice(at, at + AT_ONCE).map(({ id }) => ask(route, path(id))));
  }
}

function pause(ms: number, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (until.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      until.removeEventListener("abort", done);
      resolve();
    }
    until.addEventListener("abort", done);
  });
}
