/** Where a component that listens on `address` is asked for its health: nowhere in particular if it listens everywhere. */
export function probeHost(address: string): string | undefined {
  return address === '' || address === '0.0.0.0' || address === '::' ? undefined : address;
}
