import { firstOf } from '../../printable.ts';
import { type Problem, warning } from '../problem.ts';

/** Images that a host's registries do not tell of: they may be there all the same. */
export function untoldImage({ host, images }: { readonly host: string; readonly images: readonly string[] }): Problem {
  return warning('ImagePull', `${host}: its registries do not tell whether they have ${firstOf(images)}`, {
    mend: '`kinit upgrade` pulls these before it begins, and stops where they are not there',
  });
}
