import { quoteAll } from '../../host/shell/quote.ts';
import type { PackagesChange } from '../change.ts';
import { assumePackages, performPackages } from '../perform-packages.ts';
import { type Kind, unseen } from './kind.ts';

/** Packages from the host's repositories. */
export const packages: Kind<PackagesChange> = {
  before: unseen.before,
  holds: () => false,
  performed: { by: 'itself', perform: performPackages },
  rehearsed: { by: 'itself', perform: assumePackages },
  words: ({ names }) => `installing ${names.join(', ')}`,
  entries: ({ names }) => [{ action: 'create', what: `packages ${names.join(', ')}` }],
  script: ({ manager, options, names }) => [quoteAll([manager, '-y', ...options, 'install', ...names])],
  // What an installation brings is known when it is over: it keeps a record of its own on the host.
  undo: () => [],
};
