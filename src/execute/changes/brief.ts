/** Certificates as a line: nobody reads them, and those of a plan for a bare host are for show. */
export function brief<Text extends string | undefined>(text: Text): Text {
  return text
    ?.replaceAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g, '(certificate)')
    .replaceAll(/(certificate-authority-data:) [A-Za-z0-9+/=]+/g, '$1 (certificate)') as Text;
}
