import { afterAll, beforeAll, expect, test } from "vitest";
import { colleague, staffServer, type StaffServer } from "../http/staff/staff-server.testing.ts";
import { mayDeleteNow } from "./may-delete.ts";

let here: StaffServer;
beforeAll(async () => {
  here = await staffServer();
});
afterAll(() => here.close());

test("photos go with their files on behalf of an editor until they are one no more, and of the command line always", async () => {
  const collection = await here.collection("watched");
  const may = mayDeleteNow(here.test.instance);
  const [eva, fred] = [await colleague(here, "editor"), await colleague(here, "editor")];
  const rights = () => Promise.all([eva, fred].map(({ id }) => may({ account: id, collection })));
  expect(await rights()).toEqual([true, true]);
  const role = { collection: null, role: "publisher" };
  expect((await here.ask("PUT", `/api/staff/accounts/${eva.id}/role`, { body: role })).statusCode).toBe(204);
  expect(await rights()).toEqual([false, true]);
  expect((await here.ask("DELETE", `/api/staff/accounts/${fred.id}`)).statusCode).toBe(204);
  expect(await rights()).toEqual([false, false]);
  expect(await may({ account: null, collection })).toBe(true);
});
