import type { KubeObject } from './client.ts';

/** The image of the first container of a pod, or of a pod's template; '' without one. */
export function podImage(pod: Pick<KubeObject, 'spec'> | object): string {
  const { spec } = pod as { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } };
  return spec?.containers?.[0]?.image ?? '';
}

/** The tag of an image; '' where it names none. */
export function tagOf(image: string): string {
  return /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1] ?? '';
}
