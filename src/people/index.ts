export { acceptBoth, conflicts, freeze, twins, type Conflict } from "./conflicts.ts";
export { DESK_LIMIT, enrol, enrolmentsOf, type Enrolment, type NewEnrolment } from "./enrolment.ts";
export {
  clearContact,
  createPerson,
  openContact,
  personById,
  type Contact,
  type NewPerson,
} from "./people.ts";
