interface Benchmark {
  main(args: readonly string[]): Promise<void>;
}

/** What `npm run bench -- NAME` can run. */
const BENCHMARKS: Readonly<
  Record<string, { readonly about: string; readonly load: () => Promise<Benchmark> }>
> = {
  import: {
    about:
      "photos and faces per second beside two peers [--photos N] [--large N] [--take N] [--tiled-every N] [--only KIND,..]",
    load: () => import("./import.ts"),
  },
  withdraw: {
    about:
      "how long leaving takes among 100 to 100,000 photos, with the person in 60 [--sizes N,..] [--with N]",
    load: () => import("./withdraw.ts"),
  },
  accuracy: {
    about: "accuracy over five composed events, and over the hard cases [--seeds N] [--photos N] [--hard N]",
    load: () => import("./accuracy.ts"),
  },
  join: {
    about:
      "from opening the link to the first photo, alone and in a rush [--photos N] [--runs N] [--rush N] [--every S]",
    load: () => import("./join.ts"),
  },
  log: {
    about:
      "the log: append rate beside the same load without it, proofs at 10 to 10^6 entries [--seconds S] [--sizes N,..]",
    load: () => import("./log.ts"),
  },
  load: {
    about:
      "50 people and 5 editors at their pages while photos are imported: times by route, errors, memory [--photos N] [--minutes M] [--people N] [--editors N]",
    load: () => import("./load.ts"),
  },
  scale: {
    about: "one process that works against two, PostgreSQL on the same cores [--photos N] [--rounds N]",
    load: () => import("./scale.ts"),
  },
  liveness: {
    about: "who passes the liveness check: rendered heads, and attacks [--people N] [--bent N] [--only NAME]",
    load: () => import("./liveness.ts"),
  },
  lighthouse: {
    about: "the join page on a phone, by Lighthouse, which is installed into .bench [--runs N] [--dry]",
    load: () => import("./lighthouse.ts"),
  },
};

const [name = ""] = process.argv.slice(2);
const benchmark = BENCHMARKS[name];
if (benchmark) {
  const { main } = await benchmark.load();
  await main(process.argv.slice(3));
} else {
  console.error("npm run bench -- NAME, where NAME is one of:");
  for (const [known, { about }] of Object.entries(BENCHMARKS)) console.error(`  ${known.padEnd(10)}${about}`);
  process.exitCode = 2;
}
