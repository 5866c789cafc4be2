export { cardsOf, createCard, endCard, endCardsOf, hasCards, tagCode, takeCard, type Card } from "./cards.ts";
export {
  addressOf,
  dropMailLink,
  notAskedYet,
  RECOVER_MINUTES,
  removeOldMailLinks,
  startMailLink,
  takeRecoveryLink,
  verifyAddress,
  withVerifiedAddress,
} from "./addresses.ts";
export { acceptBoth, conflicts, freeze, twins, type Conflict } from "./conflicts.ts";
export { dayCode, isDayCode } from "./day-code.ts";
export {
  devicesOf,
  endDevice,
  endIdleDevices,
  personByDevice,
  startDevice,
  touchDevice,
  type Device,
  type Holder,
} from "./devices.ts";
export {
  backToProvisional,
  DESK_LIMIT,
  enrol,
  enrolmentsOf,
  lockEnrolments,
  makeLive,
  type Enrolment,
  type NewEnrolment,
} from "./enrolment.ts";
export { addGuardian, assertMayAgree, endGuardians, guardiansOf } from "./guardians.ts";
export {
  endExpired,
  endInvitationsFor,
  invitedChildren,
  isStillNamed,
  removeEnded,
  revokeInvitation,
  revokePersonalLinks,
} from "./invitation-ends.ts";
export { childOf, lockInvitation, openInvitation, takeInvitation } from "./invitation-use.ts";
export {
  createInvitation,
  createPersonalInvitation,
  invitationsOf,
  type Invitation,
  type InvitedChild,
  type InvitationState,
  type MadeInvitation,
  type NewInvitation,
  type NewPersonalLink,
} from "./invitations.ts";
export {
  addLetter,
  closeLetter,
  letterWentOut,
  lettersIn,
  noSuchLetter,
  noteFailure,
  openLetterAddress,
  openLetterSecret,
  sealLetterAgain,
  takeTry,
  waitingLetters,
  type Letter,
} from "./letters.ts";
export { joinedAfter, joinedPeople, joinedPerson, type JoinedPerson } from "./joined.ts";
export { attemptsIn, countAttempt, type LivenessAttempt } from "./liveness-attempts.ts";
export { markNoticesSeen, noticesOf, notify, stillHere, type Notice } from "./notices.ts";
export {
  passkeyByCredential,
  passkeysOf,
  registerPasskey,
  removePasskey,
  usePasskey,
  type NewPasskey,
  type Passkey,
} from "./passkeys.ts";
export {
  clearContact,
  contactKey,
  createPerson,
  hasJoined,
  openContact,
  personById,
  sealContactAgain,
  setEmail,
  setLanguage,
  setName,
  type Contact,
  type NewPerson,
} from "./people.ts";
export { renewRecoveryCode, takeRecoveryCode } from "./recovery.ts";
export { newSecret, secretHash } from "./secrets.ts";
export { shortLabel } from "./short-label.ts";
export { secondings, vouchings, type Seconding, type Vouching } from "./vouching.ts";
