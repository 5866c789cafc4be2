import type { WatchedFolders } from "../../../src/http/contract/watch-folders.ts";
import { id } from "../../person/fake/data.ts";
import { ME } from "./data.ts";

/** Made-up answers of contract/watch-folders.ts. */

export const LIBRARIES = ["/srv/photos", "/mnt/nas/harmonie"];

const OF_JUNE = {
  from: "2026-06-11T22:00:00Z",
  until: "2026-06-21T22:00:00Z",
  minutes: 15,
  madeBy: ME.name,
  madeAt: "2026-06-10T09:12:00Z",
} as const;
const NO_FILES = { count: 0, files: [] };

export const FOLDERS: WatchedFolders = {
  libraries: LIBRARIES,
  folders: [
    {
      ...OF_JUNE,
      id: id(26, 1),
      path: "/srv/photos/2026/06-fete-d-ete/appareil-principal/jpeg-pleine-definition",
      state: "on",
      problem: null,
      lookedAt: "2026-06-20T14:05:00Z",
      whenGone: "tell",
      taken: 1312,
      coming: 1,
      waiting: {
        count: 2,
        files: [
          { path: "DSC_04711.jpg", reason: "outside" },
          { path: "de-la-presidente/IMG-20260615-WA0003-recadree-pour-le-bulletin.jpg", reason: "no-time" },
        ],
      },
      leftOut: {
        count: 214,
        files: [
          { path: "DSC_04712.nef", reason: "raw" },
          { path: "Thumbs.db", reason: "not-a-picture" },
          { path: "panorama-de-la-place-assemble-en-douze-prises.tif", reason: "too-large" },
        ],
      },
      missing: {
        count: 2,
        files: [
          { path: "DSC_04650.jpg", since: "2026-06-19T16:20:00Z" },
          { path: "DSC_04651.jpg", since: "2026-06-19T16:20:00Z" },
        ],
      },
    },
    {
      ...OF_JUNE,
      id: id(26, 2),
      path: "/mnt/nas/harmonie/fete",
      state: "on",
      problem: "emptied",
      lookedAt: "2026-06-20T14:05:00Z",
      whenGone: "delete",
      taken: 1,
      coming: 0,
      waiting: NO_FILES,
      leftOut: NO_FILES,
      missing: NO_FILES,
    },
    {
      ...OF_JUNE,
      id: id(26, 3),
      path: "/mnt/nas/harmonie/repetitions",
      state: "paused",
      problem: null,
      lookedAt: null,
      whenGone: "tell",
      taken: 0,
      coming: 0,
      waiting: NO_FILES,
      leftOut: NO_FILES,
      missing: NO_FILES,
    },
  ],
};
