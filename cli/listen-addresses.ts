// From the directives `bind` and `port` to listening sockets. Invariant: when this returns, every
// address that must be there listens, all on one port; otherwise it throws and names the address.

import type { RespServer } from '../protocol/server.js';

export interface Address {
  readonly host: string;
  /** Whether it may be missing on this machine. */
  readonly isOptional: boolean;
  /** Listened on in its place where it is missing; null for nothing. */
  readonly fallback: string | null;
}

/** Failure to listen on one address; `cause` is the system's error. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly address: string;

  constructor(address: string, cause: unknown) {
    super(`cannot listen on ${address}`, { cause });
    this.address = address;
  }
}

const ANY_IPV4 = '0.0.0.0';
const ANY_IPV6 = '::';
/** The system has no such address or no such family. */
const UNAVAILABLE = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT', 'EINVAL']);

/** @param bind words of the directive: addresses; `*` or `::*` for all; `-` before optional ones */
export function planAddresses(bind: readonly string[]): Address[] {
  const addresses = bind.map((word) => {
    const isOptional = word.startsWith('-');
    const name = isOptional ? word.slice(1) : word;
    const host = name === '*' ? ANY_IPV4 : name === '::*' ? ANY_IPV6 : name;
    return { host, isOptional, fallback: null };
  });
  // A socket on `::` takes both families, so a second one on `0.0.0.0` would collide with it.
  const hosts = addresses.map(({ host }) => host);
  const hasBoth = hosts.includes(ANY_IPV4) && hosts.includes(ANY_IPV6);
  if (!hasBoth) return addresses;
  const others = addresses.filter(({ host }) => host !== ANY_IPV4 && host !== ANY_IPV6);
  return [{ host: ANY_IPV6, isOptional: false, fallback: ANY_IPV4 }, ...others];
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNAVAILABLE.has(String(error.code));
}

/** @returns `127.0.0.1:5000`, `[::1]:5000` */
export function printAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * @param port 0 picks a free one, the same for all addresses
 * @returns the addresses listened on, printed, and their port
 * @throws ListenError
 */
export async function listenOnAll(
  server: RespServer,
  bind: readonly string[],
  port: number,
): Promise<{ port: number; addresses: string[] }> {
  const addresses: string[] = [];
  let chosen = port;
  const listen = async (host: string): Promise<void> => {
    try {
      const bound = await server.listen({ host, port: chosen });
      chosen = bound.port;
      addresses.push(printAddress(bound.host, bound.port));
    } catch (error) {
      throw new ListenError(printAddress(host, chosen), error);
    }
  };
  for (const { host, isOptional, fallback } of planAddresses(bind)) {
    try {
      await listen(host);
    } catch (error) {
      if (!(error instanceof ListenError) || !isUnavailable(error.cause)) throw error;
      if (fallback !== null) await listen(fallback);
      else if (!isOptional) throw error;
    }
  }
  return { port: chosen, addresses };
}
