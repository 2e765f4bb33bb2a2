import { quote } from '../host/shell/quote.ts';
import { reveal, type Secret } from '../secret.ts';

/** What kubeadm shows in place of a token or key that is not to be printed. */
export const withheld = '<value withheld>';

export interface JoinCommand {
  /** `host:port` of the control plane. */
  readonly endpoint: string;
  readonly token: string | Secret;
  /** `sha256:<hex>`, one for each certificate of the CA bundle. */
  readonly caCertHashes: readonly string[];
  /** Join as a control plane. */
  readonly controlPlane?: boolean;
  /** Decrypts the uploaded certificates. */
  readonly certificateKey?: string | Secret;
}

/** One line for a shell, ending in a space as kubeadm's does (`token create --print-join-command`). */
export function joinCommandLine(command: JoinCommand): string {
  return parts(command).join('');
}

/** The same over several lines, as the closing message of `init` shows it. */
export function joinCommandLines(command: JoinCommand, indent = '\t'): string {
  return parts(command).join(`\\\n${indent}`);
}

function parts({ endpoint, token, caCertHashes, controlPlane, certificateKey }: JoinCommand) {
  const key = certificateKey === undefined ? '' : `--certificate-key ${word(reveal(certificateKey))}`;
  return [
    `kinit join ${word(endpoint)} --token ${word(reveal(token))} `,
    caCertHashes.map((hash) => `--discovery-token-ca-cert-hash ${word(hash)} `).join(''),
    ...(controlPlane ? [`--control-plane ${key}`] : []),
  ];
}

/** An address with brackets is typed as it is, and so is what stands for a value. */
function word(text: string): string {
  return text === withheld || /^\[[0-9a-f:.]+\](?::\d+)?$/i.test(text) ? text : quote(text);
}
