import type { InitContext } from './context.ts';
import type { Phase } from './phase.ts';

/** The place where the control-plane certificates are stored for further masters. */
export const uploadCerts: Phase<InitContext> = {
  name: 'upload-certs',
  title: 'Certificates for further control planes',
  reads: () => ({}),
  desired: () => [{ kind: 'note', text: '[upload-certs] Skipping phase. Please see --upload-certs' }],
};
