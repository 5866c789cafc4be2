import type { watchFr } from "./watch-fr.ts";

/** Words about watched folders, in English. */
export const watchEn: Readonly<Record<keyof typeof watchFr, string>> = {
  "watch.way": "Watched folders",
  "watch.way-says": "Photos of a folder on the server are added as they come.",
  "watch.says":
    "Assent reads these folders and never writes to them. A photo is copied once it is at least {minutes, number} minutes old and was taken in the days you name; the rest waits for you to decide.",
  "watch.not-allowed":
    "No folder of the server can be watched at present. Whoever runs the server has to allow some first (ASSENT_LIBRARIES).",
  "watch.none": "No folder is watched",
  "watch.none-says": "Name a folder below; its photos will come by themselves.",
  "watch.add": "Watch a folder",
  "watch.path": "Folder on the server",
  "watch.path-says": "Below: {folders}",
  "watch.from": "First day of the photos",
  "watch.until": "Last day of the photos",
  "watch.gone": "When a file is gone from the folder",
  "watch.gone-tell": "Say so here, and keep the photo",
  "watch.gone-delete": "Delete the photo a day later, with a receipt",
  "watch.if-gone-tell": "When a file is gone from the folder, that is said here and the photo is kept.",
  "watch.if-gone-delete":
    "When a file is gone from the folder, the photo is deleted a day later, with a receipt.",
  "watch.go": "Watch this folder",
  "watch.on": "Watched",
  "watch.paused": "Paused",
  "watch.problem-not-allowed":
    "This folder is no longer allowed on the server, or a link has taken its place. Nothing in it is read.",
  "watch.problem-unreachable":
    "This folder does not answer. Is the drive connected? No photo counts as missing.",
  "watch.problem-emptied":
    "This folder has emptied all at once. Is the drive connected? No photo counts as missing.",
  "watch.problem-ended": "The retention date of this collection has passed: it takes no more photos.",
  "watch.looked": "Looked at on {moment}",
  "watch.never-looked": "Not looked at yet",
  "watch.window": "Photos taken from {from} to {until}.",
  "watch.facts":
    "{taken, plural, =0 {No photo added} one {# photo added} other {# photos added}}{coming, plural, =0 {} one {, # file not old enough yet} other {, # files not old enough yet}}",
  "watch.by": "Chosen by {name} on {day}.",
  "watch.waiting":
    "{n, plural, one {# photo waits for you to decide} other {# photos wait for you to decide}}",
  "watch.waiting-says":
    "{n, plural, one {It was taken outside the days named, or does not say when. Add it only if it belongs to this collection.} other {They were taken outside the days named, or do not say when. Add them only if they belong to this collection.}}",
  "watch.take": "{n, plural, one {Add this photo} other {Add these photos}}",
  "watch.taken":
    "{n, plural, =0 {Nothing waited any more.} one {# photo will be added.} other {# photos will be added.}}",
  "watch.left-out": "{n, plural, one {# file left out} other {# files left out}}",
  "watch.missing": "{n, plural, one {# photo whose file is gone} other {# photos whose files are gone}}",
  "watch.missing-says":
    "{n, plural, one {It is still in the collection. If its file comes back, or turns up elsewhere in the folder, it keeps everything.} other {They are still in the collection. If a file comes back, or turns up elsewhere in the folder, its photo keeps everything.}}",
  "watch.missing-file": "{path}, missing since {moment}",
  "watch.missing-delete": "{n, plural, one {Delete this photo} other {Delete these photos}}",
  "watch.missing-delete-says":
    "{n, plural, one {This photo goes, with everything made from it.} other {These # photos go, with everything made from them.}} It cannot be undone.",
  "watch.more": "and {n, number} more",
  "watch.file": "{path}: {why}",
  "watch.pause": "Pause",
  "watch.resume": "Go on",
  "watch.look": "Look now",
  "watch.looking": "This folder is looked at as soon as possible.",
  "watch.stop": "Stop watching",
  "watch.stop-of": "Stop watching {path}",
  "watch.stop-says": "Photos added so far stay in the collection. The folder is not touched.",
  "watch.why-no-time": "does not say when it was taken",
  "watch.why-outside": "taken outside the days named",
  "watch.why-raw": "a RAW file: export it as JPEG first",
  "watch.why-link": "a link: links are not followed",
  "watch.why-empty": "an empty file",
  "watch.why-too-large": "larger than a gigabyte",
  "watch.why-unreadable-file": "the server may not read it",
  "watch.why-not-a-picture": "not a photo",
  "watch.why-removed": "taken out at the request of somebody in it",
  "watch.why-unreadable-picture": "a damaged or incomplete photo",
  "watch.why-unsupported-picture": "this format cannot be read, or the picture is too large",
  "watch.why-worker-failed": "the photo could not be read",
};
