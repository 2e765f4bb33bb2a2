import type { RotatingAuthority } from '../../../pki/rotating-authorities.ts';

/** Where a rotation keeps on a machine what it needs until it is over. */
export const rotationFolder = '/var/lib/kinit/rotation';

/** The CA that is to follow and its key, on control planes: below that folder, without `.crt` and `.key`. */
export function nextPathOf({ name }: Pick<RotatingAuthority, 'name'>): string {
  return `next-${name}`;
}

/** The same with the folder. */
export function nextBaseOf(authority: Pick<RotatingAuthority, 'name'>): string {
  return `${rotationFolder}/${nextPathOf(authority)}`;
}

/** Says that a control plane is yet to begin anew for what has been written. */
export function componentsMark({ name }: Pick<RotatingAuthority, 'name'>): string {
  return `${rotationFolder}/restart-for-${name}`;
}

/** Says that a kubelet is. */
export const kubeletMark = `${rotationFolder}/restart-kubelet`;

/** The certificate that the controller manager signs with as long as the CA's own file holds several: beside that, where its container sees it. */
export function loneFile(certificatesDir: string, { path }: Pick<RotatingAuthority, 'path'>): string {
  return `${certificatesDir}/${path}-signing.crt`;
}
