/** Where it is recorded how things were before preparation changed them. Only reset and down read it. */
export const undoRecord = '/var/lib/kinit/undo.json';
/** Where journals and their copies of what was there lie, for root alone. */
export const journalFolder = '/var/lib/kinit/journal';
/** Names of the packages that kinit's installations have brought to a host, one a line; reset removes them. */
export const packageRecord = '/var/lib/kinit/packages';
/** The packages that were there before an installation that is not over. */
export const packagesBefore = '/var/lib/kinit/packages.before';
