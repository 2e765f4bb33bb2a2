/** A minor of Kubernetes 1 that kinit serves. */
export interface ServedMinor {
  readonly minor: number;
  /** The newest patch that was out when the table was written; newer ones are taken as if they were this one. */
  readonly newestPatch: number;
  /** The day on which upstream's patches end, YYYY-MM-DD. */
  readonly endOfSupport: string;
  /** Versions of it that came up on real hosts (test/lab/README.md); none: it was only rendered. */
  readonly run: readonly string[];
  readonly source: string;
}

const history = 'https://kubernetes.io/releases/patch-releases/#non-active-branch-history';
const schedule = 'https://kubernetes.io/releases/patch-releases/, its schedule';

/** What `kinit version --served` tells, oldest first; the one place that says which versions there are. */
export const servedMinors: readonly ServedMinor[] = [
  { minor: 18, newestPatch: 20, endOfSupport: '2021-06-18', run: [], source: history },
  { minor: 19, newestPatch: 16, endOfSupport: '2021-10-28', run: [], source: history },
  { minor: 20, newestPatch: 15, endOfSupport: '2022-02-28', run: ['v1.20.2'], source: history },
  { minor: 21, newestPatch: 14, endOfSupport: '2022-06-28', run: [], source: history },
  { minor: 22, newestPatch: 17, endOfSupport: '2022-12-08', run: ['v1.22.6'], source: history },
  { minor: 23, newestPatch: 17, endOfSupport: '2023-02-28', run: [], source: history },
  { minor: 24, newestPatch: 17, endOfSupport: '2023-07-28', run: [], source: history },
  { minor: 25, newestPatch: 16, endOfSupport: '2023-10-28', run: [], source: history },
  { minor: 26, newestPatch: 15, endOfSupport: '2024-02-28', run: [], source: history },
  { minor: 27, newestPatch: 16, endOfSupport: '2024-07-16', run: [], source: history },
  { minor: 28, newestPatch: 15, endOfSupport: '2024-10-22', run: [], source: history },
  { minor: 29, newestPatch: 14, endOfSupport: '2025-02-28', run: [], source: history },
  { minor: 30, newestPatch: 14, endOfSupport: '2025-07-15', run: [], source: history },
  { minor: 31, newestPatch: 14, endOfSupport: '2025-11-11', run: ['v1.31.14'], source: history },
  { minor: 32, newestPatch: 13, endOfSupport: '2026-02-28', run: [], source: schedule },
  { minor: 33, newestPatch: 13, endOfSupport: '2026-06-28', run: [], source: schedule },
  { minor: 34, newestPatch: 11, endOfSupport: '2026-10-27', run: ['v1.34.9'], source: schedule },
  { minor: 35, newestPatch: 9, endOfSupport: '2027-02-28', run: [], source: schedule },
  { minor: 36, newestPatch: 5, endOfSupport: '2027-06-28', run: ['v1.36.3'], source: schedule },
  {
    minor: 37,
    newestPatch: 2,
    endOfSupport: '2027-10-28',
    run: [],
    source: 'released 2026-08-26, supported for 14 months (schedule of kubernetes/website); v1.37.2 by osv.dev',
  },
];

const oldest = servedMinors[0] as ServedMinor;
const newest = servedMinors.at(-1) as ServedMinor;

/** Minors of Kubernetes 1 that kinit serves. */
export const oldestMinor = oldest.minor;
export const newestMinor = newest.minor;
export const oldestVersion = `v1.${oldest.minor}.0`;
/** Taken where the user names no version and no kubelet tells one. */
export const newestVersion = `v1.${newest.minor}.${newest.newestPatch}`;

/** The row of a minor; undefined where kinit does not serve it. */
export function servedMinor(minor: number): ServedMinor | undefined {
  return servedMinors.find((row) => row.minor === minor);
}
