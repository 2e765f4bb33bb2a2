import { InputError } from '../errors.ts';
import type { Release } from '../release/release.ts';
import type { FileDocument } from './documents.ts';

/** The API version that a document was written in, and where it says so. */
export interface WrittenIn {
  readonly apiVersion: string;
  readonly place: string;
}

/** The API versions of the documents that there are. */
export function writtenIn(...documents: readonly (FileDocument<unknown> | undefined)[]): readonly WrittenIn[] {
  return documents.flatMap((document) =>
    document === undefined ? [] : [{ apiVersion: document.apiVersion, place: document.placeOf(['apiVersion']) }],
  );
}

/** Throws InputError for documents in an API version that the release has left behind, with the way to write them anew. */
export function refuseOldApiVersions(documents: readonly WrittenIn[], { configApi, version }: Release): void {
  const taken = configApi.taken.map((name) => `kubeadm.k8s.io/${name}`);
  const old = documents.filter(({ apiVersion }) => !taken.includes(apiVersion));
  if (old.length === 0) return;
  throw new InputError(
    old.map(({ apiVersion, place }) => ({
      place,
      message: `${apiVersion} is not read for Kubernetes ${version.text}, only ${taken.join(' and ')}`,
    })),
    `kinit config migrate --old-config FILE --new-config FILE --kubernetes-version ${version.text} writes the file anew`,
  );
}
