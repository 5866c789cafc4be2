import type { jobsFr } from "./jobs-fr.ts";

/** What is to be done, in English. */
export const jobsEn: Readonly<Record<keyof typeof jobsFr, string>> = {
  "nav.jobs": "Jobs",
  "jobs.title": "Jobs",
  "jobs.workers":
    "{n, plural, one {One process works.} other {# processes work side by side.}} You may close this page: the work goes on.",
  "jobs.nobody":
    "Nothing goes on: no process works. Ask whoever runs this instance to start “assent serve” (or “assent serve --roles work”).",
  "jobs.empty": "Nothing is to be done, and nothing was done this month.",
  "jobs.open": "Under way",
  "jobs.failed": "Failed",
  "jobs.ended": "Ended",
  "jobs.kind.scan": "Look through the photos",
  "jobs.kind.scan-photo": "Look through one photo again",
  "jobs.kind.watch": "Look at a watched folder",
  "jobs.kind.rescan": "Look for somebody who has joined",
  "jobs.kind.publish": "Publish for “{channel}”",
  "jobs.kind.confirm": "Carry an erasure to its end",
  "jobs.kind.expire": "End what has come to its date",
  "jobs.kind.mail": "Send the mail",
  "jobs.state.waiting": "Waiting",
  "jobs.state.running": "Under way",
  "jobs.state.done": "Done",
  "jobs.state.failed": "Failed",
  "jobs.state.cancelled": "Stopped",
  "jobs.waits": "Waiting",
  "jobs.goes-on": "Under way",
  "jobs.count": "{done} of {total}",
  "jobs.left": "about {n, plural, one {a minute} other {# minutes}} left",
  "jobs.left-soon": "less than a minute left",
  "jobs.since": "Since {time}",
  "jobs.since-by": "Since {time}, by {name}",
  "jobs.retry": "Go on",
  "jobs.retry-of": "Go on: {what}",
  "jobs.stop": "Stop",
  "jobs.stop-of": "Stop: {what}",
  "jobs.why.storage-failed": "The disk is full, or the data folder cannot be written. Make room, then go on.",
  "jobs.why.database-unavailable": "The database did not answer. Once it is there, go on.",
  "jobs.why.model-pack": "The models are missing or were changed. Put them back in place, then go on.",
  "jobs.why.suspended":
    "Since a restore nothing is published or looked for. The data-protection officer has to accept the gap in the log first.",
  "jobs.why.mail-failed":
    "The mail server did not answer, or took nothing. It is tried again within the hour.",
  "jobs.why.instance-busy": "An import or a deletion is under way. When it has ended, go on.",
  "jobs.why.interrupted": "The work was stopped. You can go on with it.",
  "trouble.interrupted": "Somebody stopped it.",
  "photos.scan-again": "Look through this photo again",
  "photos.scan-again-says":
    "Each face is compared once more with the people who joined, in memory. What somebody decided stays.",
  "photos.scan-ordered": "It is ordered; the page Jobs says how far it is.",
};
