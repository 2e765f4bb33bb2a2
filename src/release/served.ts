/** Minors of Kubernetes 1 that kinit serves. */
export const oldestMinor = 18;
export const newestMinor = 36;
export const oldestVersion = `v1.${oldestMinor}.0`;
/** Taken where the user names no version and no kubelet tells one. */
export const newestVersion = 'v1.36.2';
